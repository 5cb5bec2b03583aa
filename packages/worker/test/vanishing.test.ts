/** The lecture's point about depth, as numbers: gradients vanish in a deep plain network, and shortcuts keep them. */
import {
  checksum32,
  initialParameters,
  initialRunning,
  phaseNames,
  phaseNumber,
  planModel,
  presetConfig,
  readPlainRecords,
  recordLayout,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import { expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import { createSource } from '../src/data/source.ts';

/** Norm of the gradient of the phase's first step by each parameter, for one microbatch; in layer order. */
async function gradientNorms(config: RunConfig, phase: PhaseName): Promise<Map<string, number>> {
  const model = planModel(config);
  const compute = await createCompute('wasm', model, config);
  for (const network of phaseNames) {
    const plan = model[network];
    compute.load(network, {
      parameters: new Float32Array(initialParameters(plan, config.seed, phaseNumber[network])),
      running: new Float32Array(initialRunning(plan)),
    });
  }
  const payload = new Uint8Array(compute.payloadBytes(phase, 1));
  const source = createSource(config, null, () => Promise.reject(new TypeError('drawn')));
  const task = { phase, step: 0, blocks: [0] };
  await compute.update(task, source, payload, () => false, exchangeAlone([], 0));
  compute.dispose();
  const [{ gradient }] = readPlainRecords(recordLayout(model, phase), payload, 1);
  return new Map(
    model[phase].parameters.map(({ name, offset, size }) => [
      name,
      Math.hypot(...gradient.subarray(offset, offset + size)),
    ]),
  );
}

const plain = presetConfig('deep-plain');
const residual = presetConfig('deep-residual');

it.each(phaseNames)(
  "the first layers' gradient in the deep plain %s is less than a tenth of that with shortcuts",
  async (phase) => {
    const without = [...(await gradientNorms(plain, phase))];
    const withShortcuts = [...(await gradientNorms(residual, phase))];
    const kernels = (all: readonly (readonly [string, number])[]): number[] =>
      all.filter(([name]) => name.endsWith('/kernel')).map(([, norm]) => norm);
    const few = kernels(without).slice(0, 3);
    const same = kernels(withShortcuts).slice(0, 3);
    few.forEach((norm, layer) => expect(norm).toBeLessThan(same[layer] / 10));
    expect(Math.min(...same)).toBeGreaterThan(0);
  },
);

it('the two networks differ in their shortcuts only', () => {
  for (const network of phaseNames) {
    const shapes = (config: RunConfig): unknown[] =>
      planModel(config)[network].parameters.map(({ shape, offset }) => [shape, offset]);
    expect(shapes(plain)).toEqual(shapes(residual));
    const values = (config: RunConfig): number =>
      checksum32(initialParameters(planModel(config)[network], 1, phaseNumber[network]));
    expect(values(plain)).toBe(values(residual));
    expect(planModel(plain)[network].parameters.length).toBeGreaterThan(40);
  }
});
