import {
  initialParameters,
  initialRunning,
  phaseNames,
  phaseNumber,
  planModel,
  presetConfig,
  readRecords,
  recordLayout,
} from '@gantry/shared';
import { describe, expect, it } from 'vitest';
import { createCompute } from '../src/compute/backends.ts';
import { exchangeAlone } from '../src/compute/lock-step.ts';
import { createSource } from '../src/data/source.ts';

/** Gradient norm of each convolution at the first step of a preset, by phase; in layer order. */
async function firstNorms(preset: string): Promise<Record<string, Record<string, number>>> {
  const config = { ...presetConfig(preset), batch: { global: 4, microbatch: 4, block: 1 } };
  const model = planModel(config);
  const compute = await createCompute('wasm', model, config);
  for (const network of phaseNames) {
    const plan = model[network];
    compute.load(network, {
      parameters: new Float32Array(initialParameters(plan, config.seed, phaseNumber[network])),
      running: new Float32Array(initialRunning(plan)),
    });
  }
  const source = createSource(config, null, () => Promise.reject(new TypeError('drawn data has no chunks')));
  const found: Record<string, Record<string, number>> = {};
  for (const phase of phaseNames) {
    const payload = new Uint8Array(compute.payloadBytes(phase, 1));
    const task = { phase, step: 0, blocks: [0] };
    // oxlint-disable-next-line no-await-in-loop -- one backend
    await compute.update(task, source, payload, () => false, exchangeAlone([], 0));
    const [{ gradient }] = readRecords(recordLayout(model, phase), payload, 1, 0);
    found[phase] = Object.fromEntries(
      model[phase].parameters
        .filter(({ name }) => name.endsWith('kernel'))
        .map(({ name, offset, size }) => [name, Math.hypot(...gradient.subarray(offset, offset + size))]),
    );
  }
  compute.dispose();
  return found;
}

describe('deep networks without normalisation', () => {
  it('have far smaller gradients in their first layers without shortcuts than with them', async () => {
    const plain = await firstNorms('deep-plain');
    const residual = await firstNorms('deep-residual');
    for (const phase of phaseNames) {
      const shortcuts = Object.values(residual[phase]);
      const first = Object.values(plain[phase]).slice(0, 5);
      expect(first).toHaveLength(5);
      first.forEach((norm, layer) => {
        expect(norm).toBeGreaterThan(0);
        expect(norm).toBeLessThan(shortcuts[layer] / 10);
      });
    }
  });
});
