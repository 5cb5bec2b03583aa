import type { ActivationKind } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import { activation } from '../src/compute/layers/activation.ts';
import * as tf from '../src/compute/tf.ts';
import { close, outputs, plain } from './support/outputs.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('wasm');
});

describe('activations', () => {
  const x = [-8, -0.5, 0.5, 8];
  const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
  const expected: Readonly<Record<ActivationKind, { of: (v: number) => number; saturated: number }>> = {
    relu: { of: (v) => Math.max(0, v), saturated: 2 },
    leakyRelu: { of: (v) => Math.max(v, 0.2 * v), saturated: 0 },
    tanh: { of: Math.tanh, saturated: 2 },
    sigmoid: { of: sigmoid, saturated: 2 },
    elu: { of: (v) => (v < 0 ? Math.expm1(v) : v), saturated: 1 },
    softplus: { of: (v) => Math.log1p(Math.exp(v)), saturated: 1 },
    swish: { of: (v) => v * sigmoid(v), saturated: 1 },
  };

  it.each(Object.entries(expected))(
    '%s has its values, finite far out, and counts saturated outputs',
    (kind, one) => {
      close(outputs({ type: 'activation', name: 'layer', kind: kind as ActivationKind }, [x]), x.map(one.of));
      tf.tidy(() => {
        const layer = activation(kind as ActivationKind); // the table's own keys
        const far = layer.forward(tf.tensor2d([[-200, 200]]), plain);
        const ones = tf.ones([1, 2]);
        const wanted = { input: true, parameters: false };
        for (const { input } of [
          layer.backward(ones, far.saved, plain, wanted),
          layer.tangentBackward(ones, ones, far.saved, plain, wanted),
        ]) {
          for (const value of input?.dataSync() ?? []) expect(Number.isFinite(value)).toBe(true);
        }
        // Of the second example none is; shares are by example, and summed over them.
        const { saved } = layer.forward(tf.tensor2d([x, [0.5, 0.5, 0.5, 0.5]]), plain);
        const share = layer.saturated?.(saved);
        expect(share?.shape).toEqual([]);
        expect(share?.dataSync()[0]).toBeCloseTo(one.saturated / 4, 6);
      });
    },
  );

  it('of a leaky relu count where the slope is below the twentieth', () => {
    const layer = activation('leakyRelu', 0.03);
    tf.tidy(() => {
      const { saved } = layer.forward(tf.tensor2d([x]), plain);
      expect(layer.saturated?.(saved).dataSync()[0]).toBeCloseTo(0.5, 6);
    });
  });
});
