/** The wasm kernels against TensorFlow.js's own on its cpu backend, over shapes, strides, kernels and paddings. */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  momentsOf,
  normalise,
  normaliseInput,
  normaliseParameters,
  normaliseSums,
} from '../src/compute/kernels/normalise.ts';
import { timesSlope } from '../src/compute/kernels/leaky-relu.ts';
import { affine, matMul } from '../src/compute/kernels/mat-mul.ts';
import { columnsOf, plainColumns } from '../src/compute/kernels/columns.ts';
import { view, withDoubles } from '../src/compute/kernels/wasm-kernel.ts';
import { freeDerived, keepDerived } from '../src/compute/kernels/derived.ts';
import { withoutSimd } from '../src/compute/kernels/simd.ts';
import { channelSums } from '../src/compute/kernels/channel-sums.ts';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import { simdWasm } from '../src/compute/kernels/simd-wasm.ts';
import * as tf from '../src/compute/tf.ts';
import { compileKernels, kernelsFiles } from '../../../scripts/kernels.ts';

const runs = { numRuns: 100, seed: 20261123 };

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

const places = ['cpu', 'wasm', 'wasm without SIMD'] as const;

async function on(place: (typeof places)[number]): Promise<void> {
  await tf.setBackend(place === 'cpu' ? 'cpu' : 'wasm');
  if (place !== 'cpu') withoutSimd(tf.backend() as tf.BackendWasm, place !== 'wasm'); // registered as wasm
}

/**
 * Runs `compute` on all; on wasm it must agree with the reference, to the bit with and without SIMD, and nothing may be
 * left behind.
 */
async function compare(
  inputs: readonly Plain[],
  compute: (...tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<void> {
  const results: Float32Array[][] = [];
  for (const place of places) {
    // oxlint-disable-next-line no-await-in-loop
    await on(place);
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
  const [expected, found, plain] = results;
  found.forEach((values, index) => {
    expect(values.length).toBe(expected[index].length);
    const scale = Math.max(1e-3, ...expected[index].map(Math.abs));
    values.forEach((value, i) => {
      if (!(Math.abs(value - expected[index][i]) <= 2e-5 * scale)) {
        expect.fail(`output ${index} [${i}]: ${value}, expected ${expected[index][i]}`);
      }
      if (!Object.is(value, plain[index][i])) {
        expect.fail(`output ${index} [${i}]: ${value}, without SIMD ${plain[index][i]}`);
      }
    });
  });
}

/** [[0, 0], [top, bottom], [left, right], [0, 0]] */
const explicitPadding = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.integer({ min: 0, max: 3 })))
  .map(([top, bottom, left, right]) => [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ]) as fc.Arbitrary<tf.backend_util.ExplicitPadding>;

const convolutions = fc.record({
  batch: fc.integer({ min: 1, max: 3 }),
  height: fc.integer({ min: 1, max: 9 }),
  width: fc.integer({ min: 1, max: 9 }),
  inChannels: fc.constantFrom(1, 2, 3, 4, 7, 8, 8, 9, 12, 16),
  outChannels: fc.constantFrom(1, 2, 5, 8, 16),
  kernel: fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })),
  strides: fc.tuple(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 3 })),
  pad: fc.oneof(
    fc.constantFrom('same' as const, 'valid' as const),
    fc.integer({ min: 0, max: 3 }),
    explicitPadding,
  ),
});
type Convolution = typeof convolutions extends fc.Arbitrary<infer T> ? T : never;

const infoOf = (c: Convolution): tf.backend_util.Conv2DInfo =>
  tf.backend_util.computeConv2DInfo(
    [c.batch, c.height, c.width, c.inChannels],
    [...c.kernel, c.inChannels, c.outChannels],
    c.strides,
    1,
    c.pad,
  );
const outputShape = (c: Convolution): number[] => infoOf(c).outShape;
/** Whether there is an output position. */
const fits = (c: Convolution): boolean => {
  const [rows, columns] =
    typeof c.pad === 'number'
      ? [2 * c.pad, 2 * c.pad]
      : typeof c.pad === 'string'
        ? [0, 0]
        : [c.pad[1][0] + c.pad[1][1], c.pad[2][0] + c.pad[2][1]];
  return c.pad === 'same' || (c.kernel[0] <= c.height + rows && c.kernel[1] <= c.width + columns);
};
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
        fc.constantFrom(1, 2, 3, 4, 7, 8, 12),
        fc.constantFrom(1, 2, 5, 128, 129, 300),
        fc.constantFrom(1, 3, 4, 8, 9, 16, 24),
        fc.boolean(),
        fc.boolean(),
        (m, k, n, transposeA, transposeB) =>
          compare(
            [transposeA ? random(k, m) : random(m, k), transposeB ? random(n, k) : random(k, n), random(n)],
            (a, b, bias) => [
              tf.matMul(a, b, transposeA, transposeB),
              ...(transposeA || transposeB ? [] : [affine(a, b, bias)]),
            ],
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

  it('sum columns in double precision to the same bits, with and without SIMD', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 13 }),
        fc.integer({ min: 1, max: 9 }),
        async (rows, width) => {
          await on('wasm');
          const backend = tf.backend() as tf.BackendWasm; // set above
          // Of magnitudes so far apart that the order of a sum shows.
          const [x, y] = [random(rows, width), random(rows, width)].map(({ shape, values }) =>
            tf.tensor(
              values.map((value, i) => value * 2 ** ((13 * i) % 50)),
              shape,
            ),
          );
          const [found, plain] = [columnsOf(backend), plainColumns].map((columns) =>
            withDoubles(backend, 4, width, (sums, products, u, v) => {
              u.forEach((_, c) => (u[c] = 0.1 * c));
              v.forEach((_, c) => (v[c] = 1 / (c + 1)));
              const [xs, ys] = [x, y].map((tensor) => view(backend, tensor));
              columns.sums(xs, sums);
              columns.products(ys, xs, v, u, products);
              return [...sums, ...products];
            }),
          );
          tf.dispose([x, y]);
          expect(columnsOf(backend)).not.toBe(plainColumns);
          expect(found).toEqual(plain);
        },
      ),
      runs,
    ));

  it('sum over all but channels', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }), (shape) =>
        compare([random(...shape)], (x) => [channelSums(x)]),
      ),
      runs,
    ));

  it('give leaky relus and their slopes', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1, maxLength: 3 }),
        fc.constantFrom(0, 0.01, 0.1, 0.2, 0.25, 0.5, 0.9),
        (shape, alpha) => {
          const x = random(...shape);
          [0, -0, 1e-40, -1e-40].forEach((special, i) => {
            if (i < x.values.length - 1) x.values[i] = special;
          });
          return compare([x, random(...shape)], (y, by) => [
            ...(alpha > 0 ? [tf.leakyRelu(y, alpha)] : []),
            timesSlope(by, y, alpha),
          ]);
        },
      ),
      runs,
    ));

  it('keep what they make of a parameter as long as it lives, and no longer', async () => {
    await on('wasm');
    const backend = tf.backend() as tf.BackendWasm; // set above
    const before = backend.numDataIds();
    const plain = [random(2, 4, 4, 8), random(4, 4, 16, 8), random(3, 6), random(5, 6)];
    const [dy, filter, rows, matrix] = plain.map(({ shape, values }) => tf.tensor(values, shape));
    const compute = (): Float32Array[] => {
      const attrs = { strides: [2, 2], pad: 'same', dataFormat: 'NHWC', inputShape: [2, 8, 8, 16] };
      return [
        tf.engine().runKernel<tf.Tensor>('Conv2DBackpropInput', { dy, filter }, attrs),
        matMul(rows, matrix, 'b'),
      ].map((output) => {
        const values = output.dataSync<'float32'>().slice();
        output.dispose();
        return values;
      });
    };
    const expected = compute();
    const alone = backend.numDataIds();
    for (const parameter of [filter, matrix]) keepDerived(backend, parameter);
    for (let time = 0; time < 2; time++) {
      expect(compute()).toEqual(expected);
      // A quarter of the taps each, and a transpose.
      expect(backend.numDataIds()).toBe(alone + 4 + 1);
    }
    for (const parameter of [filter, matrix]) freeDerived(parameter);
    expect(compute()).toEqual(expected);
    tf.dispose([dy, filter, rows, matrix]);
    expect(backend.numDataIds()).toBe(before);
  });
});

describe('the SIMD loops', () => {
  it('are compiled from the sources as they are', async () => {
    const folder = 'packages/worker/kernels';
    expect(await compileKernels(folder)).toBe(readFileSync(kernelsFiles[folder], 'utf8'));
  });

  it("write nothing into TensorFlow.js's memory when they start", () => {
    // Walks over the module's sections: a start function is section 8, data are section 11.
    const bytes = Buffer.from(simdWasm, 'base64');
    const sections: number[] = [];
    for (let at = 8; at < bytes.length;) {
      sections.push(bytes[at++]);
      let size = 0;
      for (let shift = 0, more = true; more; shift += 7) {
        const byte = bytes[at++];
        size |= (byte & 0x7f) << shift;
        more = byte >= 0x80;
      }
      at += size;
    }
    expect(sections).toContain(10);
    expect(sections).not.toContain(8);
    expect(sections).not.toContain(11);
  });
});
