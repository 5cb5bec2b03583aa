/** What `gantry start` prints first: how to join, where to look. */
import { renderUnicodeCompact } from 'uqr';
import { unitsPerVersion, type RunConfig } from '@gantry/shared';
import type { Checkpoint } from '../run/checkpoint.ts';
import type { Certificate } from './certificate.ts';

export interface BannerFields {
  /** Where other machines may reach this one, the likeliest first. */
  readonly origins: readonly { readonly origin: string; readonly name: string }[];
  readonly joinCode: string | null;
  readonly presenterToken: string;
  /** null: plain http. */
  readonly certificate: Certificate | null;
  readonly directory: string;
  readonly config: RunConfig;
  readonly workers: number;
  readonly resumed: Checkpoint | null;
}

/** The tab's address with the join code filled in: what the QR code holds. */
export const joinUrl = (origin: string, joinCode: string | null): string =>
  joinCode === null ? `${origin}/` : `${origin}/?code=${joinCode}`;

export function banner(fields: BannerFields): string {
  const { origins, joinCode, config, certificate } = fields;
  const [likely, ...others] = origins;
  const lines = [
    '',
    `Gantry trains "${config.preset}" (seed ${config.seed}, ${config.schedule.iterations} iterations).`,
    ...(fields.resumed ? [`Resumed at iteration ${fields.resumed.record.position.iteration}.`] : []),
    `Run directory: ${fields.directory}`,
    '',
    renderUnicodeCompact(joinUrl(likely.origin, joinCode), { border: 2 }),
    '',
    `Join:       ${likely.origin}`,
    ...(joinCode === null ? [] : [`Join code:  ${joinCode}`]),
    `Presenter:  ${likely.origin}/present/#${fields.presenterToken}`,
    `            (keep this address to yourself: it is the presenter's key)`,
  ];
  if (certificate !== null) lines.push(`Fingerprint: ${certificate.fingerprint}`);
  if (certificate?.own) {
    lines.push(
      `            (for gantry work --fingerprint; browsers warn once of this certificate, which this machine made`,
      `            and keeps in ${certificate.own}: let people go on)`,
    );
  }
  if (others.length > 0) {
    lines.push('', 'If laptops cannot reach that address, this machine has others:');
    for (const { origin, name } of others) lines.push(`            ${origin}${name ? `  (${name})` : ''}`);
  }
  lines.push(
    '',
    'Nobody gets through? A firewall may ask, or have been asked, whether Node.js may accept connections: allow it.',
    `${whoShares(config)}; ${fields.workers} on this machine ${fields.workers === 1 ? 'starts' : 'start'} now.`,
    '',
  );
  return lines.join('\n');
}

function whoShares(config: RunConfig): string {
  const { strategy } = config;
  if (strategy.kind === 'asynchronous') return `Up to ${strategy.bound + 1} workers have a step each`;
  return `Up to ${unitsPerVersion(config)} workers share a ${strategy.kind === 'local' ? 'round' : 'step'}`;
}
