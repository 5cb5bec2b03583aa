/** Real and fake examples pass together, as two groups: each has the numbers that it would have alone. */
import { planNetwork, type NetworkSpec } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import type { Pass } from '../src/compute/layers/layer.ts';
import { buildNetwork, draws, forward, groupOf, through, type Trace } from '../src/compute/network.ts';
import { rowNoise } from '../src/compute/noise.ts';
import { gradientPenalty, squaredNorm } from '../src/compute/penalty.ts';
import * as tf from '../src/compute/tf.ts';
import { points, upload } from './support/derivatives.ts';
import { classes, oneHot } from './support/layer-bench.ts';
import { labelled, packed } from './support/penalised-networks.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('cpu');
  await tf.setBackend('wasm');
});

const rows = 8;
const names = ['real', 'fake'] as const;

const bits = (tensor: tf.Tensor | undefined): number[] => [
  // The cpu backend keeps integers that were cast to float32 in an array of integers: numbers are compared, not storage.
  ...new Uint32Array(Float32Array.from(tensor?.dataSync() ?? []).buffer),
];
const numbersOf = (trace: Trace): number[][] => [
  bits(trace.output),
  ...trace.saved.flatMap((tensors) => tensors.map(bits)),
];

/** Passes of two groups together, and of each alone. */
function passes(spec: NetworkSpec) {
  const plan = planNetwork(spec, { role: 'discriminator', classes, microbatch: rows });
  const draw = points(5);
  const network = buildNetwork(plan, 1e-3);
  const x = upload(draw([2 * rows, ...plan.input]));
  const labels = tf.concat([oneHot(rows), tf.reverse(oneHot(rows), 0)]);
  const parameters = new Map(plan.parameters.map(({ name, shape }) => [name, upload(draw(shape))]));
  const indices = Array.from({ length: rows / plan.pack }, (_, i) => i);
  const pass = (groups: readonly (typeof names)[number][], classesOf: tf.Tensor): Pass => ({
    parameters,
    groups: groups.length,
    training: true,
    running: new Float32Array(plan.runningLength).fill(1),
    labels: classesOf,
    noise: rowNoise({ seed: 3, phase: 'discriminator', step: 1 }, indices, groups),
    pooled: null,
  });
  const together = through(forward(network, x, pass(names, labels)));
  const half = (t: tf.Tensor, k: number): tf.Tensor => tf.slice(t, k * rows, rows);
  return names.map((name, k) => {
    const own = half(labels, k);
    const alone = through(forward(network, half(x, k), pass([name], own)));
    return { network, part: groupOf(together, k, own), alone };
  });
}

describe.each(Object.entries({ labelled, packed }))('in the %s network', (_name, spec) => {
  it.each(['wasm', 'cpu'])(
    "a group has the values of a pass of its own, and a penalty's (%s)",
    async (on) => {
      await tf.setBackend(on);
      tf.tidy(() => {
        for (const { network, part, alone } of passes(spec)) {
          expect(numbersOf(part)).toEqual(numbersOf(alone));
          const [found, expected] = [part, alone].map((trace) =>
            gradientPenalty(network, trace, squaredNorm(2)),
          );
          expect(bits(found.value)).toEqual(bits(expected.value));
          expect(Object.keys(found.parameters)).toEqual(Object.keys(expected.parameters));
          for (const [name, gradient] of Object.entries(expected.parameters)) {
            expect(bits(found.parameters[name]), name).toEqual(bits(gradient));
          }
        }
      });
    },
  );
});

it('only a network that drops values gives others when its examples pass again', () => {
  const dropping = (rate: number): boolean => {
    const layers: NetworkSpec['layers'] = [
      { type: 'dropout', name: 'dropout', rate },
      { type: 'dense', name: 'dense', units: 1, bias: true },
    ];
    const spec: NetworkSpec = { input: [2], layers, initializer: { kind: 'fan-in-uniform' } };
    const plan = planNetwork(spec, { role: 'discriminator', classes: 0, microbatch: rows });
    return draws(buildNetwork(plan, 1e-3));
  };
  expect([dropping(0.5), dropping(0)]).toEqual([true, false]);
});
