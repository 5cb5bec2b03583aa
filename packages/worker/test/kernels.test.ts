/** The wasm kernels against TensorFlow.js's own on its cpu backend, over shapes. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  momentsOf,
  normalise,
  normaliseInput,
  normaliseParameters,
  normaliseSums,
} from '../src/compute/kernels/normalise.ts';
import { channelSums } from '../src/compute/kernels/channel-sums.ts';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import * as tf from '../src/compute/tf.ts';

const runs = { numRuns: 60, seed: 20261123 };

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('cpu');
  await tf.setBackend('wasm');
});

/** A tensor's shape and values, made anew on each backend: data does not move between backends in mid-test. */
type Plain = { readonly shape: number[]; readonly values: Float32Array };

let state = 1;
const random = (...shape: number[]): Plain => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  }),
});

/** Runs `compute` on both backends; its results must agree, and on wasm nothing may be left behind. */
async function compare(
  inputs: readonly Plain[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<void> {
  const results: Float32Array[][] = [];
  for (const backend of ['cpu', 'wasm'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await tf.setBackend(backend);
    const before = tf.memory().numTensors;
    const dataBefore = tf.backend().numDataIds();
    const tensors = inputs.map(({ shape, values }) => tf.tensor(values.slice(), shape));
    // Twice, since a kernel that frees what it was lent fails on the next use.
    tf.dispose(tf.tidy(() => compute(...tensors)));
    const outputs = tf.tidy(() => compute(...tensors));
    results.push(outputs.map((output) => output.dataSync<'float32'>().slice()));
    tf.dispose([outputs, tensors]);
    expect(tf.memory().numTensors).toBe(before);
    expect(tf.backend().numDataIds()).toBe(dataBefore);
  }
  const [expected, found] = results;
  found.forEach((values, index) => {
    expect(values.length).toBe(expected[index].length);
    const scale = Math.max(1e-3, ...expected[index].map(Math.abs));
    values.forEach((value, i) => {
      if (!(Math.abs(value - expected[index][i]) <= 2e-5 * scale)) {
        expect.fail(`output ${index} [${i}]: ${value}, expected ${expected[index][i]}`);
      }
    });
  });
}

const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  inChannels: fc.constantFrom(1, 2, 3, 7, 8, 9),
  outChannels: fc.constantFrom(1, 2, 5, 8),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  pad: fc.constantFrom('same' as const, 'valid' as const),
});
type Convolution = typeof convolutions extends fc.Arbitrary<infer T> ? T : never;

const outputShape = (c: Convolution): number[] =>
  tf.backend_util.computeConv2DInfo(
    [c.batch, c.height, c.width, c.inChannels],
    [...c.kernel, c.inChannels, c.outChannels],
    c.strides,
    1,
    c.pad,
  ).outShape;
const fits = (c: Convolution): boolean =>
  c.pad === 'same' || (c.kernel[0] <= c.height && c.kernel[1] <= c.width);
const attributes = ({ strides, pad }: Convolution): tf.NamedAttrMap => ({
  strides,
  pad,
  dataFormat: 'NHWC',
});

describe('the wasm kernels', () => {
  it('give the filter gradients of convolutions', () =>
    fc.assert(
      fc.asyncProperty(convolutions.filter(fits), (c) => {
        const filterShape = [...c.kernel, c.inChannels, c.outChannels];
        return compare(
          [random(c.batch, c.height, c.width, c.inChannels), random(...outputShape(c))],
          (x, dy) => [
            tf.engine().runKernel('Conv2DBackpropFilter', { x, dy }, { ...attributes(c), filterShape }),
          ],
        );
      }),
      runs,
    ));

  it('give the input gradients of convolutions', () =>
    fc.assert(
      fc.asyncProperty(convolutions.filter(fits), (c) => {
        const inputShape = [c.batch, c.height, c.width, c.inChannels];
        return compare(
          [random(...outputShape(c)), random(...c.kernel, c.inChannels, c.outChannels)],
          (dy, filter) => [
            tf.engine().runKernel('Conv2DBackpropInput', { dy, filter }, { ...attributes(c), inputShape }),
          ],
        );
      }),
      runs,
    ));

  it('multiply matrices, transposed or not', () =>
    fc.assert(
      fc.asyncProperty(
        fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 9 }))),
        fc.boolean(),
        fc.boolean(),
        ([m, k, n], transposeA, transposeB) =>
          compare(
            [transposeA ? random(k, m) : random(m, k), transposeB ? random(n, k) : random(k, n)],
            (a, b) => [tf.matMul(a, b, transposeA, transposeB)],
          ),
      ),
      runs,
    ));

  it('multiply batches of matrices as before', () =>
    compare([random(2, 3, 4), random(2, 5, 4)], (a, b) => [tf.matMul(a, b, false, true)]));

  it('normalise each group by its own moments, and back', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 2, max: 20 }),
        fc.integer({ min: 1, max: 9 }),
        (groups, n, channels) =>
          compare(
            [random(groups, n, channels), random(channels), random(channels), random(groups, n, channels)],
            (x, gamma, beta, dy) => {
              const moments = momentsOf(x);
              const by = { moments, n: n + 3, epsilon: 0.1 };
              const sums = normaliseSums(dy, x, moments);
              const dx = normaliseInput(dy, x, by, sums, gamma);
              const parameters = normaliseParameters(by, sums);
              return [moments, normalise(x, by, gamma, beta), sums, dx, parameters.gamma, parameters.beta];
            },
          ),
      ),
      runs,
    ));

  it('sum over all but channels, and keep leaky relu', () =>
    compare([random(2, 3, 3, 5)], (x) => [channelSums(x), tf.leakyRelu(x, 0.3)]));
});
