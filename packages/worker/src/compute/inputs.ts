/**
 * What passes through the networks, before it is on the device. Being a pure function of its place in the run, it can be
 * drawn ahead, while a worker waits for its next lease: whoever guesses wrong has drawn in vain, and nothing else changes.
 */
import { examplesPerBlock, type RunConfig } from '@gantry/shared';
import { macrotask } from './macrotask.ts';
import { wantsReal } from './microbatch.ts';
import type { ExampleSource, LeaseTask } from './types.ts';

/** Examples that go through a network as one batch: [first, first + count) of the global batch, range after range. */
export type Ranges = readonly { readonly first: number; readonly count: number }[];

export interface Inputs {
  readonly indices: readonly number[];
  readonly latents: Float32Array;
  readonly fakeLabels: Int32Array;
  readonly real: { readonly examples: Float32Array; readonly labels: Int32Array } | null;
  readonly mix: Float32Array | null;
  /** How much each example's loss counts. */
  readonly weight: number;
  readonly penalised: boolean;
}

type Place = Pick<LeaseTask, 'phase' | 'step'>;

export class InputDrawing {
  readonly #loss: RunConfig['loss'];
  /** Of a block; null: units with weights are slots, whose steps have none. */
  readonly #blockExamples: number | null;
  /** Drawn ahead, by source and place: never more than what was asked for last. */
  readonly #ahead = new Map<string, Promise<Inputs>>();
  #source: ExampleSource | null = null;

  constructor({ loss, batch, strategy }: Pick<RunConfig, 'loss' | 'batch' | 'strategy'>) {
    this.#loss = loss;
    this.#blockExamples = strategy.kind === 'local' ? null : examplesPerBlock(batch);
  }

  /** @throws CHUNK_UNAVAILABLE */
  fetch(place: Place, ranges: Ranges, source: ExampleSource): Promise<Inputs> {
    const key = keyOf(place, ranges);
    const known = source === this.#source ? this.#ahead.get(key) : undefined;
    this.#ahead.delete(key);
    return known ?? this.#draw(place, ranges, source);
  }

  /**
   * Draws for later, batch by batch. What was drawn so before and not fetched is dropped.
   *
   * @param wanted - asked before each batch; when false, it stops
   */
  async prepare(
    place: Place,
    batches: readonly Ranges[],
    source: ExampleSource,
    wanted: () => boolean,
  ): Promise<void> {
    this.#ahead.clear();
    this.#source = source;
    await macrotask();
    for (const ranges of batches) {
      if (!wanted()) return;
      const key = keyOf(place, ranges);
      const drawn = this.#draw(place, ranges, source);
      this.#ahead.set(key, drawn);
      // Asked for again, it may be had.
      drawn.catch(() => {
        if (this.#ahead.get(key) === drawn) this.#ahead.delete(key);
      });
      // Whoever asks for work is to be heard between one and the next.
      // oxlint-disable-next-line no-await-in-loop
      await macrotask();
    }
  }

  async #draw({ phase, step }: Place, ranges: Ranges, source: ExampleSource): Promise<Inputs> {
    const loss = this.#loss;
    const parts = wantsReal(phase, loss)
      ? await Promise.all(ranges.map(({ first, count }) => source.real(step, first, count)))
      : null;
    const blocks = this.#blockExamples;
    // What is generated is the same for all shares of the data.
    const weighted = parts !== null && blocks !== null;
    const penalised = phase === 'discriminator' && step % loss.penaltyEvery === 0;
    const mixed = penalised && loss.gradientPenalty > 0;
    return {
      indices: ranges.flatMap(({ first, count }) => Array.from({ length: count }, (_, i) => first + i)),
      latents: joined(ranges.map(({ first, count }) => source.latents(phase, step, first, count))),
      fakeLabels: joinedLabels(ranges.map(({ first, count }) => source.labels(phase, step, first, count))),
      real: parts && {
        examples: joined(parts.map(({ examples }) => examples)),
        labels: joinedLabels(parts.map(({ labels }) => labels)),
      },
      mix: mixed ? joined(ranges.map(({ first, count }) => source.mix(step, first, count))) : null,
      weight: weighted ? await source.weight(Math.floor(ranges[0].first / blocks)) : 1,
      penalised,
    };
  }
}

const keyOf = ({ phase, step }: Place, ranges: Ranges): string =>
  JSON.stringify([phase, step, ...ranges.map(({ first, count }) => [first, count])]);

function joined(parts: readonly Float32Array[]): Float32Array {
  if (parts.length === 1) return parts[0];
  const all = new Float32Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

const joinedLabels = (parts: readonly Int32Array[]): Int32Array =>
  parts.length === 1 ? parts[0] : Int32Array.from(parts.flatMap((part) => [...part]));
