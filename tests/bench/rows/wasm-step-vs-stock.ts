import { largestError, phaseNames, planModel } from '@gantry/shared';
import { dcgan32, examples } from '../dcgan-32.ts';
import { stepFlops } from '../flops.ts';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import type { WasmStep } from '../processes/wasm-step.ts';

/**
 * Relative error that two orders of summation may differ by. In the generator's gradient an output that is zero to
 * rounding may fall on either side of a relu's kink: one of 262,144 makes 2e-3.
 */
const tolerance = { discriminator: 1e-4, generator: 1e-2 } as const;
const pairs = 12;

export const wasmStepVsStock: Row = {
  name: 'wasm-step-vs-stock',
  about: "A DCGAN-32 step of both networks: Gantry's wasm kernels against TensorFlow.js's own.",
  async measure({ children, progress }) {
    progress('starting both backends');
    const ours = await children.start<WasmStep>('wasm-step.ts');
    const stock = await children.start<WasmStep>('wasm-step.ts');
    await Promise.all([ours.ask('open', 'gantry'), stock.ask('open', 'stock')]);
    const found = await ours.ask('gradients');
    const expected = await stock.ask('gradients');
    const errors = phaseNames.map((name) => {
      const error = largestError([{ name, found: found[name], expected: expected[name] }]);
      if (!(error < tolerance[name])) throw new TypeError(`The ${name}'s gradients differ: ${error}`);
      return error;
    });
    await ours.ask('steps', 3); // code is compiled, the heap has grown
    const perSecond = (milliseconds: number): number => 1000 / milliseconds;
    const measured = await alternate(
      pairs,
      {
        value: async () => perSecond(await ours.ask('steps', 3)),
        baseline: async () => perSecond(await stock.ask('steps', 1)),
      },
      (pair, of) => progress(`pair ${pair} of ${of}`),
    );
    const flops = stepFlops(planModel(dcgan32()), examples);
    const rate = await ours.ask('productRate');
    return {
      unit: 'iterations/s',
      against: 'stock wasm kernels and a filter gradient composed of them',
      pairs: measured,
      bounds: [{ of: 'ratio', atLeast: 3 }],
      limit: `an iteration is ${(flops / 1e9).toFixed(1)} GFLOP of products; at the ${rate.toFixed(0)} GFLOP/s of a large matrix product here they alone would take ${(flops / 1e6 / rate).toFixed(0)} ms (128-bit SIMD, no fused multiply-add)`,
      details: { 'relative error between both': Math.max(...errors) },
    };
  },
};
