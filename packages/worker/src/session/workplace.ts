/** What belongs to one configuration, kept while connections come and go; and the work that is done on it. */
import {
  hasWholeRecords,
  headerBytes,
  newFrame,
  planModel,
  type BackendTest,
  type LeaseMessage,
  type ModelPlan,
  type RunConfig,
  type WelcomeMessage,
} from '@gantry/shared';
import { testBackends } from '../compute/backends.ts';
import type { BackendName, Cancelled, Compute, Exchange, RunSource } from '../compute/types.ts';
import { threadsToTry } from '../compute/threads.ts';
import { computeSlots } from '../compute/slots.ts';
import { createSource } from '../data/source.ts';
import { UpdateEncoder } from './encoder.ts';
import type { Platform } from './platform.ts';
import { HeldReplica } from './replica.ts';

export interface Workplace {
  /** Equal for equal configurations. */
  readonly key: string;
  readonly model: ModelPlan;
  readonly source: RunSource;
  readonly replica: HeldReplica;
  readonly encoder: UpdateEncoder;
  readonly tests: readonly BackendTest[];
  /** null: no backend passed its test. */
  readonly compute: Compute | null;
  /** It computes too coarsely to train. */
  readonly sheetsOnly: boolean;
  readonly millisecondsPerMicrobatch: number;
}

/** A workplace where work can be done. */
export type Equipped = Workplace & { readonly compute: Compute };

/** What of it work on a lease takes. */
export type Bench = Pick<Equipped, 'compute' | 'source' | 'replica' | 'encoder' | 'model'>;

export const workplaceKey = (welcome: WelcomeMessage): string =>
  JSON.stringify([welcome.config, welcome.data]);

/** A lease may keep a thread so many times longer than was measured at join: other phases, penalties, cold shaders. */
const slower = 4;

/** Milliseconds for which work on a lease may keep its thread, at the longest. */
export function heldFor(
  { millisecondsPerMicrobatch: each }: Workplace,
  { batch, batchNorm, evaluation }: RunConfig,
  work: 'computing' | 'sampling',
): number {
  // Statistics of their own, or exchanged, let all microbatches of a lease pass together.
  const together = batchNorm.statistics === 'microbatch' ? batch.microbatch : batch.global;
  const examples = work === 'sampling' ? evaluation.samples : together;
  return slower * each * Math.ceil(examples / batch.microbatch);
}

/** Tests and times this machine's backends on the run's model. */
export async function openWorkplace(
  welcome: WelcomeMessage,
  origin: string,
  platform: Platform,
  candidates: readonly BackendName[],
  threads?: number,
): Promise<Workplace> {
  const { config, data } = welcome;
  const model = planModel(config);
  const fetchData = (part: number | 'labels'): Promise<Uint8Array> =>
    platform.fetchBytes(new URL(`${data?.path ?? ''}/${part}`, origin).href);
  const source =
    platform.createSource?.(config, data) ?? createSource(config, data, fetchData, () => fetchData('labels'));
  const tested =
    platform.equip?.(model, config) ??
    (await testBackends(candidates, model, config, threads === undefined ? threadsToTry() : [threads]));
  const replica = new HeldReplica(model, config);
  const encoder = new UpdateEncoder(model, config);
  return { key: workplaceKey(welcome), model, source, replica, encoder, ...tested };
}

/**
 * Computes a lease; the update's frame, still to be sealed with the time that it took, or null where it was cancelled.
 *
 * @param spoil - may ask for the gradients of what was computed, and change them
 */
export async function computeLease(
  place: Bench,
  { config, incarnation }: WelcomeMessage,
  { lease, version, phase, step, blocks, round }: LeaseMessage,
  cancelled: Cancelled,
  exchange: Exchange,
  spoil: (gradients: () => readonly Float32Array[]) => void,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const { compute, source, replica, encoder, model } = place;
  const parts = hasWholeRecords(config) ? [blocks] : blocks.map((block) => [block]);
  const sent = encoder.joined(parts);
  const count = sent.length;
  const frame = newFrame(
    { kind: 'update', codec: config.codec.up, incarnation, lease, version, phase, count, replica: 0 },
    encoder.bytes(phase, sent),
  );
  const payload = frame.subarray(headerBytes);
  const plain = encoder.plain(phase, parts, payload);
  let done: boolean;
  if (round === undefined) {
    replica.loadInto(compute);
    done = (await compute.update({ phase, step, blocks }, source, plain, cancelled, exchange)) !== null;
  } else {
    const start = replica.lend();
    done = await computeSlots(
      { round, parts },
      { compute, source, model, config, replica: start },
      plain,
      cancelled,
    );
  }
  if (!done || (await cancelled())) return null;
  spoil(() => encoder.gradients(plain, { phase, lease }, parts));
  encoder.encode(plain, payload, { lease, phase, step }, parts);
  return frame;
}
