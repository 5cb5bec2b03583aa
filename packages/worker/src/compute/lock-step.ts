/**
 * Microbatches that walk in step: each stops at the batch-norm layers, and goes on when the statistics of the global
 * batch are there. What is exchanged is summed by block, in the order of microbatches, so that the result depends as
 * little on who computes what as where nothing is exchanged. Activations are kept from the way forward for the way
 * back, for all microbatches of the lease: nothing is computed twice, at the cost of that memory.
 */
import { exchangeLength, gantryError, mergeExchange, type ExchangeSpec } from '@gantry/shared';
import type { Walk } from './network.ts';
import { readBack } from './read-back.ts';
import * as tf from './tf.ts';
import type { Exchange } from './types.ts';

/** Holds the tensors that live from one part of a walk to the next. */
export class Arena {
  private readonly held: tf.Tensor[] = [];

  /** Runs `make`; what it made and did not free stays until `dispose`. */
  hold<T>(make: () => T): T {
    const engine = tf.engine();
    engine.startScope();
    try {
      return make();
    } finally {
      for (const tensor of engine.state.activeScope.track) {
        if (tensor.isDisposed) continue;
        this.held.push(tf.keep(tensor));
      }
      engine.endScope();
    }
  }

  dispose(): void {
    for (const tensor of this.held) tensor.dispose();
    this.held.length = 0;
  }
}

export interface LockStep {
  /** Microbatches a block. */
  readonly block: number;
  /** Examples a microbatch. */
  readonly microbatch: number;
  /** In the order in which the walks come to them. */
  readonly exchanges: readonly ExchangeSpec[];
  readonly exchange: Exchange;
}

/** Walks to the end. @returns null where the lease was taken back on the way */
export async function walkInStep<R>(
  walks: readonly Walk<R>[],
  arena: Arena,
  { block, microbatch, exchanges, exchange }: LockStep,
): Promise<R[] | null> {
  let places = walks.map((walk) => arena.hold(() => walk.next()));
  for (const [index, spec] of exchanges.entries()) {
    const own = places.map((place) => {
      if (place.done === true) throw gantryError('INTERNAL', `a pass ended before exchange ${index}`);
      return place.value;
    });
    // The walk stands still until the answer is there.
    // oxlint-disable-next-line no-await-in-loop
    const sums = await blockSums(own, spec, block, microbatch);
    // oxlint-disable-next-line no-await-in-loop
    const merged = await exchange(index, sums);
    if (merged === null) return null;
    const tensor = arena.hold(() => tf.tensor(merged, own[0].shape));
    places = walks.map((walk) => arena.hold(() => walk.next(tensor)));
  }
  return places.map((place) => {
    if (place.done === true) return place.value;
    throw gantryError('INTERNAL', 'a pass wanted one more exchange');
  });
}

/** What the microbatches contribute, merged by block. @returns float32 [blocks, groups, 2, channels] */
async function blockSums(
  own: readonly tf.Tensor[],
  spec: ExchangeSpec,
  block: number,
  microbatch: number,
): Promise<Float32Array<ArrayBuffer>> {
  const length = exchangeLength(spec);
  const sums = new Float32Array((own.length / block) * length);
  await readBack(own, (values) => {
    for (let first = 0; first < values.length; first += block) {
      const at = (first / block) * length;
      mergeExchange(spec, values.slice(first, first + block), microbatch, sums.subarray(at, at + length));
    }
  });
  return sums;
}

/** The exchange of a worker that has the whole global batch. @param examples - of a block */
export const exchangeAlone =
  (exchanges: readonly ExchangeSpec[], examples: number): Exchange =>
  (index, own) => {
    const spec = exchanges[index];
    const length = exchangeLength(spec);
    const parts = Array.from({ length: own.length / length }, (_, i) =>
      own.subarray(i * length, (i + 1) * length),
    );
    const merged = new Float32Array(length);
    mergeExchange(spec, parts, examples, merged);
    return Promise.resolve(merged);
  };
