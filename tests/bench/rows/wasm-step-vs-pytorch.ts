import { phaseNames, planModel } from '@gantry/shared';
import { dcgan32 } from '../dcgan-32.ts';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import type { WasmStep } from '../processes/wasm-step.ts';
import { startPyTorch } from '../pytorch.ts';

const pairs = 15;

export const wasmStepVsPytorch: Row = {
  name: 'wasm-step-vs-pytorch',
  about: "A DCGAN-32 step of both networks: Gantry's wasm kernels against PyTorch on one thread.",
  async measure({ children, progress }) {
    progress('starting PyTorch');
    const torch = await startPyTorch(children);
    if ('skipped' in torch) return torch;
    const model = planModel(dcgan32());
    for (const name of phaseNames) {
      if (torch.parameters[name] === model[name].parameterCount) continue;
      throw new TypeError(
        `The ${name} has ${torch.parameters[name]} parameters in PyTorch and ${model[name].parameterCount} here`,
      );
    }
    const ours = await children.start<WasmStep>('wasm-step.ts');
    await ours.ask('open', 'gantry');
    await ours.ask('steps', 3);
    const measured = await alternate(
      pairs,
      { value: () => ours.ask('steps', 3), baseline: () => torch.steps(5) },
      (pair, of) => progress(`pair ${pair} of ${of}`),
    );
    return {
      unit: 'ms/iteration',
      against: `PyTorch ${torch.version} with OpenBLAS, one thread`,
      pairs: measured,
      bounds: [{ of: 'ratio', atMost: 3 }],
      limit:
        'wasm has SIMD of 128 bits and no fused multiply-add; PyTorch has 256 bits with it, four times the arithmetic a cycle',
    };
  },
};
