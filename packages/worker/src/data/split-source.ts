/** Real examples where the data is divided into shares (`split`): each unit of a step draws from one of them. */
import {
  chooseBy,
  divide,
  exampleOrder,
  gantryError,
  kindsOf,
  planShares,
  proportions,
  shuffled,
  type DataManifest,
  type RunConfig,
  type SharePlan,
  type Split,
} from '@gantry/shared';
import type { ExampleSource } from '../compute/types.ts';
import type { FetchChunk } from './chunks.ts';
import { drawAll, drawnData, type Drawn } from './drawn-source.ts';
import { storedShares, type StoredData } from './stored-source.ts';

export type Divided = Pick<ExampleSource, 'real' | 'weight'>;

/** Labels of all examples, uint16. */
export type FetchLabels = () => Promise<Uint8Array>;

/**
 * Of classes there are examples without end. Shares that differ in size alone are of `schedule.epochSize` points or digits
 * in all: else they would not differ.
 */
export function drawnShares(config: RunConfig, split: Split, data: Drawn): Divided {
  return split.kind === 'quantity' ? fixedShares(config, split, data) : classShares(config, split, data);
}

function classShares(config: RunConfig, split: Split, data: Drawn): Divided {
  const { seed } = config;
  const drawing = drawnData(data);
  const parts = proportions(split, seed, kindsOf(data));
  const ofShares = Array.from({ length: split.shares }, (_, share) => parts.map((part) => part[share]));
  // All classes are equally frequent.
  const sizes = ofShares.map((likely) => likely.reduce((a, b) => a + b, 0));
  const plan = planShares(split, config, sizes);
  const choices = ofShares.map(chooseBy);
  return {
    real(step, first, count) {
      const { share } = plan.place(step, first);
      const at = (i: number) => ({ seed, purpose: 'example', step, example: first + i }) as const;
      return Promise.resolve(drawAll(drawing, count, at, choices[share]));
    },
    weight: (unit) => Promise.resolve(plan.weight(unit)),
  };
}

function fixedShares(config: RunConfig, split: Split, data: Drawn): Divided {
  const { seed, schedule } = config;
  const drawing = drawnData(data);
  const all = Uint32Array.from({ length: schedule.epochSize }, (_, i) => i);
  const shares = divide([all], proportions(split, seed, 1), split.shares);
  const plan = planShares(
    split,
    config,
    shares.map(({ length }) => length),
  );
  const orders = shares.map(({ length }, share) => exampleOrder(seed, length, length, 1 + share));
  return {
    real(step, first, count) {
      const { share, position } = plan.place(step, first);
      const example = (i: number): number => shares[share][orders[share](position + i)];
      return Promise.resolve(
        drawAll(drawing, count, (i) => ({ seed, purpose: 'example', step: 0, example: example(i) })),
      );
    },
    weight: (unit) => Promise.resolve(plan.weight(unit)),
  };
}

interface Store {
  readonly shares: readonly StoredData[];
  readonly plan: SharePlan;
}

export function dividedStore(
  config: RunConfig,
  split: Split,
  manifest: DataManifest,
  fetchChunk: FetchChunk,
  fetchLabels: FetchLabels,
): Divided {
  const open = async (): Promise<Store> => {
    const byClass =
      split.kind === 'quantity' ? [identity(manifest.size)] : await examplesByClass(manifest, fetchLabels);
    const order = byClass.map((examples, label) => {
      const places = shuffled(examples.length, {
        seed: config.seed,
        purpose: 'split',
        layer: 3,
        step: label,
      });
      return Uint32Array.from(places, (place) => examples[place]);
    });
    const shares = divide(order, proportions(split, config.seed, byClass.length), split.shares);
    const plan = planShares(
      split,
      config,
      shares.map(({ length }) => length),
    );
    return { shares: storedShares(config, manifest, fetchChunk, shares), plan };
  };
  let opening: Promise<Store> | null = null;
  const store = (): Promise<Store> => {
    opening ??= open().catch((error: unknown) => {
      opening = null; // ask again next time
      throw error;
    });
    return opening;
  };
  return {
    async real(step, first, count) {
      const { shares, plan } = await store();
      const { share, position } = plan.place(step, first);
      const examples = await shares[share].read(position, count);
      const next = plan.place(step + 1, first);
      shares[next.share].prefetch(next.position);
      return examples;
    },
    weight: async (unit) => (await store()).plan.weight(unit),
  };
}

const identity = (count: number): Uint32Array => Uint32Array.from({ length: count }, (_, i) => i);

async function examplesByClass(
  { size, classes }: DataManifest,
  fetchLabels: FetchLabels,
): Promise<readonly (readonly number[])[]> {
  const bytes = await fetchLabels();
  if (bytes.length !== 2 * size) {
    throw gantryError('CHUNK_UNAVAILABLE', 'labels', `they are ${bytes.length} bytes, not ${2 * size}`);
  }
  const found = Array.from({ length: classes.length }, (): number[] => []);
  for (let i = 0; i < size; i++) found[bytes[2 * i] | (bytes[2 * i + 1] << 8)].push(i);
  return found;
}
