/** What both forms of the fuzzer are held to. */
import { expect } from 'vitest';
import { errorRegistry } from '@gantry/shared';
import type { Amount } from './campaign.ts';
import { slope, type Besieged, type Siege } from './siege.ts';

/** A run of small frames, with all kinds of them but contributions, which `exchanging` has. */
export const ring: Pick<Siege, 'options' | 'peers' | 'holders' | 'burst' | 'rate'> = {
  options: [
    '--preset', 'ring', '--set', 'model.width=8', '--set', 'batch.microbatch=32',
    '--set', 'evaluation.samples=50', '--set', 'evaluation.every=5',
  ], // prettier-ignore
  peers: 24,
  holders: 4,
  burst: 16, // fewer than are too many
  rate: 100,
};

const mebibyte = 2 ** 20;

export function expectUnmoved(found: Besieged, thrown: Amount): void {
  expect(found.thrown.frames).toBeGreaterThanOrEqual(thrown.frames);
  expect(found.thrown.messages).toBeGreaterThanOrEqual(thrown.messages);
  // No crash, no unhandled rejection (it ended with exit code 0, or there were no differences to look at).
  expect(found.stderr).toBe('');
  expect(found.differences).toEqual([]);
  // Each input came to an end that the registry knows.
  const { frames, messages } = found.histogram;
  const known = [...Object.keys(errorRegistry), 'taken', 'left', 'closed 1007'];
  for (const outcome of [...Object.keys(frames), ...Object.keys(messages)]) expect(known).toContain(outcome);
  expect(frames.INTERNAL ?? 0).toBe(0);
  expect(messages.INTERNAL ?? 0).toBe(0);
  // No frame was ever taken: none that could be was thrown.
  expect(frames.taken ?? 0).toBe(0);
  expect(frames.UPDATE_NOT_FINITE).toBeGreaterThan(0);
  expect(found.held).toBeGreaterThan(0);

  const inputs = found.thrown.frames + found.thrown.messages;
  const [before] = found.vitals;
  const after = found.vitals[found.vitals.length - 1];
  expect(after.sockets).toBe(before.sockets);
  expect((slope(found.vitals.slice(1), inputs) * inputs) / mebibyte).toBeLessThan(8);
  expect((after.rss - before.rss) / mebibyte).toBeLessThan(150);
}

/** For people. */
export function figuresOf({ vitals, ...found }: Besieged): string {
  const inputs = found.thrown.frames + found.thrown.messages;
  const inMebibytes = (of: 'live' | 'rss'): string =>
    [vitals[0], vitals[Math.floor(vitals.length / 2)], vitals[vitals.length - 1]]
      .map((each) => (each[of] / mebibyte).toFixed(1))
      .join(', ');
  return JSON.stringify(
    {
      ...found,
      live: `${inMebibytes('live')} MiB before, halfway, after`,
      rss: `${inMebibytes('rss')} MiB before, halfway, after`,
      bytesAnInput: slope(vitals.slice(1), inputs),
      sockets: vitals.map(({ sockets }) => sockets),
    },
    null,
    1,
  );
}
