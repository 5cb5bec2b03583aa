import { planNetwork, type LayerSpec, type NetworkSpec } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import type { Pass } from '../src/compute/layers/layer.ts';
import { buildNetwork, forward, through, type Network } from '../src/compute/network.ts';
import { rowNoise } from '../src/compute/noise.ts';
import {
  gradientPenalty,
  squaredNorm,
  unitNorm,
  type Penalty,
  type PenaltyTerm,
} from '../src/compute/penalty.ts';
import { scoped } from '../src/compute/scoped.ts';
import * as tf from '../src/compute/tf.ts';
import { difference, dot, points, upload } from './support/derivatives.ts';
import { classes, oneHot } from './support/layer-bench.ts';
import { layerCases, mergeCases } from './support/layer-cases.ts';
import { labelled, packed } from './support/penalised-networks.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('wasm');
});

/** The penalty at examples that have not passed yet. */
const penaltyAt = (network: Network, x: tf.Tensor, pass: Pass, term: PenaltyTerm): Penalty =>
  gradientPenalty(network, through(forward(network, x, pass)), term);

const perceptron = (activation: LayerSpec): ReturnType<typeof planNetwork> =>
  planNetwork(
    {
      input: [2],
      layers: [
        { type: 'dense', name: 'dense0', units: 6, bias: true },
        activation,
        { type: 'dense', name: 'dense1', units: 1, bias: true },
      ],
      initializer: { kind: 'fan-in-uniform' },
    },
    { role: 'discriminator', classes: 0, microbatch: 8 },
  );

it("has the gradient that differentiating twice gives, where TensorFlow.js's second derivatives are right", () => {
  const plan = perceptron({ type: 'activation', name: 'relu', kind: 'relu' });
  const parameters = new Map(
    plan.parameters.map(({ name, shape }, seed) => [
      name,
      tf.randomNormal([...shape], 0, 1, 'float32', seed),
    ]),
  );
  const real = tf.randomNormal([5, 2], 0, 1, 'float32', 9);
  const pass = {
    parameters,
    groups: 1,
    training: true,
    running: new Float32Array(0),
    labels: null,
    noise: null,
    pooled: null,
  };
  const { value, parameters: found } = penaltyAt(buildNetwork(plan, 1e-5), real, pass, squaredNorm(3));

  const penalty = (kernel0: tf.Tensor, bias0: tf.Tensor, kernel1: tf.Tensor): tf.Scalar => {
    const score = (x: tf.Tensor): tf.Scalar =>
      tf.sum(tf.matMul(tf.relu(tf.add(tf.matMul(x, kernel0), bias0)), kernel1));
    return tf.mul(tf.sum(tf.square(tf.grad(score)(real))), 1.5);
  };
  const [kernel0, bias0, kernel1] = [...parameters.values()];
  const [d0, , d1] = tf.grads(penalty)([kernel0, bias0, kernel1]);
  const close = (a: tf.Tensor | undefined, b: tf.Tensor): void => {
    const other = b.dataSync();
    a?.dataSync().forEach((x, i) => expect(Math.abs(x - other[i])).toBeLessThan(1e-4));
  };
  expect(Object.keys(found).sort()).toEqual(['dense0/kernel', 'dense1/kernel']);
  close(value, penalty(kernel0, bias0, kernel1));
  close(found['dense0/kernel'], d0);
  close(found['dense1/kernel'], d1);
});

const rows = 8;
/**
 * Kernels before a batch norm bend the value: at 1/16 differences are off by 2e-2, at 1/32 by 1e-3, at 1/64 by 8e-5;
 * below, float32 rounding grows (2e-3 at 1/256).
 */
const step = 1 / 64;

/** A penalty of a whole network as a function of its parameters, which can be moved. */
function penaltyBench(spec: NetworkSpec, term: (packs: number) => PenaltyTerm) {
  const plan = planNetwork(spec, { role: 'discriminator', classes, microbatch: rows });
  const draw = points(11);
  const examples = draw([rows, ...plan.input]);
  const parameters = plan.parameters.map(({ name, shape, fanIn }) => {
    const numbers = draw(shape);
    const around = name.endsWith('gamma') ? 1 : 0;
    const scale = /gamma|beta|bias/.test(name) ? 0.25 : 1 / Math.sqrt(fanIn);
    return { name, shape, values: numbers.values.map((value) => around + scale * value) };
  });
  const network = buildNetwork(plan, 1e-3);
  const packs = rows / plan.pack;
  const indices = Array.from({ length: packs }, (_, i) => i);
  const noise = rowNoise({ seed: 3, phase: 'discriminator', step: 1 }, indices, ['r1']);
  const penalty = () =>
    penaltyAt(
      network,
      upload(examples),
      {
        parameters: new Map(parameters.map((numbers) => [numbers.name, upload(numbers)])),
        groups: 1,
        training: true,
        running: new Float32Array(plan.runningLength).fill(1),
        labels: oneHot(rows),
        noise,
        pooled: null,
      },
      term(packs),
    );
  return {
    parameters,
    value: (): number => tf.tidy(() => penalty().value.dataSync()[0]),
    gradients: (): Map<string, Float32Array> => {
      const found = scoped(() => penalty().parameters);
      const entries = Object.entries(found).flatMap(([name, tensor]) =>
        tensor === undefined ? [] : [[name, tensor.dataSync<'float32'>().slice()] as const],
      );
      tf.dispose(Object.values(found).filter((tensor) => tensor !== undefined));
      return new Map(entries);
    },
  };
}

const networks = { labelled, packed };

it('is tested with every kind of layer', () => {
  const kinds = Object.values(networks).flatMap((spec) =>
    planNetwork(spec, { role: 'discriminator', classes, microbatch: rows }).layers.map(
      ({ spec: { type } }) => type,
    ),
  );
  for (const [, one] of layerCases) expect(kinds).toContain(one.spec.type);
  for (const [, { type }] of mergeCases) expect(kinds).toContain(type);
});

const terms: Record<string, (packs: number) => PenaltyTerm> = {
  'squared norm': () => squaredNorm(2),
  'unit norm': (packs) => unitNorm(3, packs),
};

describe.each(Object.entries(networks))('penalties of the %s network', (_name, spec) => {
  it.each(Object.entries(terms))(
    'have the derivatives of their value by every parameter: %s',
    (_of, term) => {
      const { parameters, value, gradients } = penaltyBench(spec, term);
      const tensors = tf.memory().numTensors;
      const at = value();
      const found = gradients();
      expect(tf.memory().numTensors).toBe(tensors);
      const draw = points(29);
      for (const { name, shape, values } of parameters) {
        // Along one direction of length 1 in each parameter's space.
        const drawn = draw(shape, true).values;
        const length = Math.sqrt(dot(drawn, drawn));
        const direction = drawn.map((x) => x / length);
        const start = values.slice();
        const [expected] = difference((by) => {
          values.forEach((_, i) => (values[i] = start[i] + by * direction[i]));
          return Float32Array.of(value());
        }, step);
        values.set(start);
        const along = dot(found.get(name) ?? new Float32Array(values.length), direction);
        expect(Math.abs(along - expected) / Math.max(Math.abs(expected), 0.05 * at), name).toBeLessThan(5e-4);
      }
    },
  );
});
