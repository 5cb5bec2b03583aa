/** Derivatives of every layer, activation and merge, first and second, against finite differences. */
import { beforeAll, describe, expect, it } from 'vitest';
import { registerWasmKernels } from '../src/compute/kernels/register.ts';
import type { Derivatives } from '../src/compute/layers/layer.ts';
import * as tf from '../src/compute/tf.ts';
import { compute, difference, gradient, relativeError, type Numbers } from './support/derivatives.ts';
import { benches, everything, type Bench } from './support/layer-bench.ts';

beforeAll(async () => {
  registerWasmKernels();
  await tf.setBackend('cpu');
  await tf.setBackend('wasm');
});

const tolerance = 2e-4;

/** One input's or parameter's derivative; zeros where the layer says that there is none. */
const inputOf =
  (make: () => Derivatives<readonly tf.Tensor[]>, index: number, like: Numbers) => (): tf.Tensor =>
    make().input?.[index] ?? tf.zeros([...like.shape]);
const parameterOf =
  (make: () => Derivatives<readonly tf.Tensor[]>, name: string, like: Numbers) => (): tf.Tensor =>
    make().parameters.find(([found]) => found === name)?.[1] ?? tf.zeros([...like.shape]);

/** Compares what a layer gives as derivatives of Σ outputs·dOutput, by inputs and parameters. */
function compare(
  bench: Bench,
  outputs: () => Float32Array,
  derivatives: () => Derivatives<readonly tf.Tensor[]>,
): void {
  bench.inputs.forEach((input, index) => {
    const found = compute(inputOf(derivatives, index, input));
    expect(
      relativeError(found, gradient(input, outputs, bench.dOutput.values)),
      `input ${index}`,
    ).toBeLessThan(tolerance);
  });
  if (!bench.trainable) return;
  for (const [name, numbers] of bench.parameters) {
    const found = compute(parameterOf(derivatives, name, numbers));
    expect(relativeError(found, gradient(numbers, outputs, bench.dOutput.values)), name).toBeLessThan(
      tolerance,
    );
  }
}

describe.each(benches)('%s', (_name, make) => {
  it('goes backward by inputs and parameters', () => {
    const bench = make();
    compare(
      bench,
      () => compute(() => bench.run().forward.output),
      () => bench.backward(),
    );
  });

  it('has the tangent along a direction', () => {
    const bench = make();
    const starts = bench.inputs.map(({ values }) => values.slice());
    const expected = difference((by) => {
      bench.inputs.forEach(({ values }, i) =>
        values.forEach((_, at) => {
          values[at] = starts[i][at] + by * bench.directions[i].values[at];
        }),
      );
      return compute(() => bench.run().forward.output);
    });
    bench.inputs.forEach(({ values }, i) => values.set(starts[i]));
    expect(
      relativeError(
        compute(() => bench.tangent()),
        expected,
      ),
    ).toBeLessThan(tolerance);
  });

  it('goes backward through its tangent', () => {
    const bench = make();
    compare(
      bench,
      () => compute(() => bench.tangent()),
      () => bench.tangentBackward(),
    );
  });
});

it('computes the same without the wasm kernels, and leaves nothing behind', async () => {
  const results: Float32Array[][][] = [];
  for (const backend of ['cpu', 'wasm'] as const) {
    // oxlint-disable-next-line no-await-in-loop
    await tf.setBackend(backend);
    const tensors = tf.memory().numTensors;
    const data = tf.backend().numDataIds();
    results.push(benches.map(([, make]) => everything(make())));
    expect(tf.memory().numTensors).toBe(tensors);
    expect(tf.backend().numDataIds()).toBe(data);
  }
  const [expected, found] = results;
  benches.forEach(([name], i) => {
    expect(found[i].length).toBe(expected[i].length);
    found[i].forEach((values, part) => {
      expect(relativeError(values, expected[i][part]), `${name}, part ${part}`).toBeLessThan(1e-5);
    });
  });
});

it.each(benches)('computes no derivative that nobody asked for: %s', (_name, make) => {
  const bench = make();
  tf.tidy(() => {
    for (const both of [bench.backward, bench.tangentBackward]) {
      expect(both({ input: true, parameters: false }).parameters).toEqual([]);
    }
    if (bench.parameters.size === 0) return;
    for (const both of [bench.backward, bench.tangentBackward]) {
      expect(both({ input: false, parameters: true }).input).toBeNull();
    }
  });
});
