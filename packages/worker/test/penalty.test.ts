import { planNetwork, type LayerSpec } from '@gantry/shared';
import { beforeAll, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import { buildNetwork } from '../src/compute/network.ts';
import { gradientPenalty, squaredNorm } from '../src/compute/penalty.ts';
import * as tf from '../src/compute/tf.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('wasm');
});

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
  const { value, parameters: found } = gradientPenalty(buildNetwork(plan, 1e-5), real, pass, squaredNorm(3));

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
