import { planModel, presets } from '@gantry/shared';
import { beforeAll, describe, expect, it } from 'vitest';
import { createCompute, testBackends } from '../src/compute/backends.ts';
import { setKernel } from '../src/compute/kernels/wasm-kernel.ts';
import { knownAnswerError, knownConfig, knownModel, knownState } from '../src/compute/known-answer/error.ts';

describe('the choice of a backend', () => {
  it('takes wasm in Node, and says why others do not start', async () => {
    const config = presets['digits-small'];
    const asked: string[] = [];
    const { compute, tests, millisecondsPerMicrobatch } = await testBackends(
      ['webgl', 'wasm'],
      planModel(config),
      config,
      [1],
      (backend) => asked.push(backend),
    );
    expect(asked).toEqual(['webgl', 'wasm']);
    expect(tests.map(({ backend, passed }) => [backend, passed])).toEqual([
      ['webgl', false],
      ['wasm', true],
    ]);
    expect(tests[0].reason).toMatch(/webgl/);
    expect(tests[1].error).toBeLessThan(2e-5);
    expect(compute?.backend).toBe('wasm');
    expect(millisecondsPerMicrobatch).toBeGreaterThan(0);
    compute?.dispose();
  });

  it('gives no compute where nothing starts', async () => {
    const chosen = await testBackends(['webgl'], planModel(presets.ring), presets.ring);
    expect(chosen.compute).toBeNull();
    expect(chosen.tests).toHaveLength(1);
  });

  it('sees a gradient that is wrong by two parts in a thousand', async () => {
    const compute = await createCompute('wasm', knownModel, knownConfig);
    const load = compute.load.bind(compute);
    compute.load = (network) => {
      const state = knownState(network);
      load(network, { ...state, parameters: state.parameters.map((value) => value * 1.002) });
    };
    expect(await knownAnswerError(compute)).toBeGreaterThan(1e-3);
    compute.dispose();
  });

  // The last tests of this file: the kernel stays broken.
  describe('where a kernel computes wrong', () => {
    let tanh: (value: number) => number = Math.tanh;
    beforeAll(() => {
      setKernel<'x'>('Tanh', ({ x }, _attrs, backend) => {
        const values = backend.readSync(x.dataId) as Float32Array;
        return backend.makeOutput(x.shape, 'float32', undefined, values.map(tanh));
      });
    });

    it('takes one that is too coarse to train for drawing alone', async () => {
      tanh = (value) => 1.001 * Math.tanh(value);
      const { compute, tests, sheetsOnly } = await testBackends(
        ['wasm'],
        planModel(presets.ring),
        presets.ring,
      );
      expect(tests).toMatchObject([{ passed: false, draws: true }]);
      expect(tests[0].error).toBeGreaterThan(1e-3);
      expect(compute?.backend).toBe('wasm');
      expect(sheetsOnly).toBe(true);
      compute?.dispose();
    });

    it('does not take it where that is far off', async () => {
      tanh = () => 1;
      const { compute, tests } = await testBackends(['wasm'], planModel(presets.ring), presets.ring);
      expect(compute).toBeNull();
      expect(tests[0].passed).toBe(false);
      expect(tests[0].error).toBeGreaterThan(0.1);
      expect(tests[0].reason).toMatch(/known gradient/);
      // A later run may try it again.
      const again = await testBackends(['wasm'], planModel(presets.ring), presets.ring);
      expect(again.tests).toEqual(tests);
    });
  });
});
