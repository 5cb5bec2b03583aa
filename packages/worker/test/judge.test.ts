/** How the discriminator sees the plane, against its formula written out by hand. */
import {
  initialParameters,
  initialRunning,
  parseConfig,
  phaseNumber,
  planModel,
  presets,
  type NetworkPlan,
  type NetworkState,
  type RunConfig,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';

const ring: RunConfig = parseConfig({
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 16, depth: 2 },
});

const stateOf = (plan: NetworkPlan): NetworkState => ({
  parameters: Float32Array.from(initialParameters(plan, 1, phaseNumber.discriminator), (x) => 2 * x),
  running: new Float32Array(initialRunning(plan)),
});

/** Dense layers with relu between them, in double precision. */
function score(plan: NetworkPlan, { parameters }: NetworkState, point: readonly number[]): number {
  const named = new Map(plan.parameters.map((entry) => [entry.name, entry]));
  const valuesOf = (name: string): Float32Array => {
    const { offset, size } = named.get(name) ?? { offset: 0, size: 0 };
    return parameters.subarray(offset, offset + size);
  };
  const layers = plan.layers.filter(({ spec }) => spec.type === 'dense').map(({ name }) => name);
  const out = layers.reduce<readonly number[]>((x, name, layer) => {
    const [kernel, bias] = [valuesOf(`${name}/kernel`), valuesOf(`${name}/bias`)];
    return Array.from(bias, (b, j) => {
      const y = x.reduce((sum, value, i) => sum + value * kernel[i * bias.length + j], b);
      return layer < layers.length - 1 ? Math.max(0, y) : y;
    });
  }, point);
  return out[0];
}

const lossOf: Readonly<Record<RunConfig['loss']['kind'], (fake: number, real: number) => number>> = {
  'non-saturating': (fake) => Math.log1p(Math.exp(-fake)),
  'least-squares': (fake) => (fake - 1) ** 2 / 2,
  hinge: (fake) => -fake,
  wasserstein: (fake) => -fake,
  relativistic: (fake, real) => Math.log1p(Math.exp(real - fake)),
};
const kinds = Object.keys(lossOf) as (keyof typeof lossOf)[];

/** More than pass at a time, so that parts are put together. */
const points = Float32Array.from({ length: 2 * 300 }, (_, i) => Math.sin(i * i));
const real = points.map((x) => x / 2 + 0.25);
const at = (all: Float32Array, i: number): readonly [number, number] => [all[2 * i], all[2 * i + 1]];

describe('a discriminator of points', () => {
  it('gives each the score that its formula gives', async () => {
    const model = planModel(ring);
    const plan = model.discriminator;
    const state = stateOf(plan);
    const compute = await createCompute('wasm', model, ring);
    const { scores } = await compute.judge(state, points, new Float32Array(0), new Float32Array(0));
    expect(scores).toHaveLength(300);
    scores.forEach((found, i) => expect(found).toBeCloseTo(score(plan, state, at(points, i)), 4));
    compute.dispose();
  });

  it.each(kinds)("pulls each generated point along the slope of the generator's loss (%s)", async (kind) => {
    const config: RunConfig = { ...ring, loss: { ...ring.loss, kind } };
    const model = planModel(config);
    const plan = model.discriminator;
    const state = stateOf(plan);
    const compute = await createCompute('wasm', model, config);
    const { gradients } = await compute.judge(state, new Float32Array(0), points, real);
    expect(gradients).toHaveLength(points.length);
    const h = 1e-5;
    let far = 0;
    for (let i = 0; i < 300; i++) {
      const loss = (x: number, y: number): number =>
        lossOf[kind](score(plan, state, [x, y]), score(plan, state, at(real, i)));
      const [x, y] = at(points, i);
      const slopes = [
        (loss(x + h, y) - loss(x - h, y)) / (2 * h),
        (loss(x, y + h) - loss(x, y - h)) / (2 * h),
      ];
      const off = Math.hypot(gradients[2 * i] - slopes[0], gradients[2 * i + 1] - slopes[1]);
      if (off > 1e-3) far += 1;
    }
    // Where a relu bends between the two points the slope is neither.
    expect(far).toBeLessThan(3);
    compute.dispose();
  });

  it('judges a point among copies of its own where it judges packs or compares examples', async () => {
    const dense = (name: string, units: number) => ({ type: 'dense', name, units, bias: true }) as const;
    const relu = { type: 'activation', name: 'relu', kind: 'relu' } as const;
    const initializer = { kind: 'fan-in-uniform' } as const;
    const custom = (layers: readonly unknown[]): RunConfig =>
      parseConfig({
        ...ring,
        loss: { ...ring.loss, r1: 0 },
        model: {
          architecture: 'custom',
          latent: 2,
          generator: { input: [2], layers: [dense('dense', 2)], initializer },
          discriminator: { input: [2], layers, initializer },
        },
      });
    const packed = custom([
      { type: 'pack', name: 'pack', size: 2 },
      dense('dense0', 8),
      relu,
      dense('dense1', 1),
    ]);
    const compared = custom([
      dense('dense0', 8),
      relu,
      { type: 'minibatchStdDev', name: 'std', group: 4 },
      dense('dense1', 1),
    ]);
    const judged = async (config: RunConfig, all: Float32Array<ArrayBuffer>): Promise<number[]> => {
      const model = planModel(config);
      const compute = await createCompute('wasm', model, config);
      const { scores, gradients } = await compute.judge(stateOf(model.discriminator), all, all, all);
      compute.dispose();
      return [...scores, ...gradients];
    };
    for (const config of [packed, compared]) {
      // oxlint-disable-next-line no-await-in-loop -- one backend, one after another
      const together = await judged(config, points.slice(0, 6));
      // oxlint-disable-next-line no-await-in-loop
      const alone = await judged(config, points.slice(2, 4));
      expect([together[1], together[5], together[6]]).toEqual(
        alone.map((x) => expect.closeTo(x, 5) as number),
      );
    }
  });
});
