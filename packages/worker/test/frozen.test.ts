import { planNetwork, type LayerSpec } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import type { Pass } from '../src/compute/layers/layer.ts';
import { backward, buildNetwork, forward, through } from '../src/compute/network.ts';
import { saturations } from '../src/compute/saturation.ts';
import * as tf from '../src/compute/tf.ts';
import { close, epsilon, initializer, plain } from './support/outputs.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('wasm');
});

describe('a network with frozen layers', () => {
  const layers: readonly LayerSpec[] = [
    { type: 'dense', name: 'frozen', units: 2, bias: true, trainable: false },
    { type: 'activation', name: 'tanh0', kind: 'tanh' },
    { type: 'dense', name: 'first', units: 2, bias: false },
    { type: 'batchNorm', name: 'bn', trainable: false },
    { type: 'activation', name: 'tanh1', kind: 'tanh' },
    { type: 'dense', name: 'last', units: 1, bias: false },
  ];
  const plan = planNetwork(
    { input: [2], layers: [...layers], initializer },
    { role: 'discriminator', classes: 0, microbatch: 3 },
  );
  const network = buildNetwork(plan, epsilon);
  const parameters = (): Pass['parameters'] =>
    new Map(
      plan.parameters.map(({ name, shape }, i) => [name, tf.randomNormal([...shape], 0.5, 1, 'float32', i)]),
    );
  const x = (): tf.Tensor =>
    tf.tensor2d([
      [1, 2],
      [-1, 0.5],
      [0.25, -2],
    ]);
  const running = Float32Array.of(0.5, -1, 4, 0.25);

  it('runs its batch norm on running statistics in training', () => {
    tf.tidy(() => {
      const pass = { ...plain, parameters: parameters(), running };
      const trace = through(forward(network, x(), pass));
      expect(trace.moments).toEqual([]);
      expect(saturations(network, trace, 1)).toHaveLength(plan.activations.length);
      const of = (name: string): number[] => [...(pass.parameters.get(name)?.dataSync() ?? [])];
      const [gamma, beta] = [of('bn/gamma'), of('bn/beta')];
      const hidden = through(forward(network.slice(0, 3), x(), pass)).output.arraySync() as number[][];
      const expected = hidden.map((row) =>
        row.map((v, c) => ((v - running[c]) / Math.sqrt(running[2 + c] + epsilon)) * gamma[c] + beta[c]),
      );
      const found = through(forward(network.slice(0, 4), x(), pass)).output;
      close([...found.dataSync()], expected.flat());
    });
  });

  it('gives gradients to what trains, through frozen batch norm, and goes no further back', () => {
    tf.tidy(() => {
      const pass = { ...plain, parameters: parameters(), running };
      const trace = through(forward(network, x(), pass));
      const found = through(backward(network, trace, tf.ones([3, 1]), { input: false, parameters: true }));
      expect(Object.keys(found.parameters).sort()).toEqual(['first/kernel', 'last/kernel']);
      expect(found.input).toBeNull();
      expect(found.cotangents.map((tensor) => tensor !== null)).toEqual([
        false,
        false,
        true,
        true,
        true,
        true,
      ]);
      // By the input it still goes all the way, as the other network's phase wants.
      const whole = through(backward(network, trace, tf.ones([3, 1]), { input: true, parameters: false }));
      expect(whole.input?.shape).toEqual([3, 2]);
      expect(whole.parameters).toEqual({});
    });
  });
});
