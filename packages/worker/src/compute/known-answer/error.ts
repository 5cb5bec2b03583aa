/** How far a backend's gradients are from the known answer. */
import { phaseNames, readRecords, recordLayout, type PhaseName } from '@gantry/shared';
import { exchangeAlone } from '../lock-step.ts';
import type { Compute } from '../types.ts';
import { knownConfig, knownModel, knownSource, knownState } from './case.ts';
import { expectedGradients } from './expected.ts';

/** Relative; float32 gives 1e-6, half precision about 1e-2. */
export const tolerance = 1e-3;
export { knownConfig, knownModel, knownState };

/**
 * @param compute - made for `knownModel` and `knownConfig`
 * @returns the largest of ‖a − b‖ / max(‖b‖, 0.01 · largest ‖b‖ of the network) over parameters; Infinity where a
 *   gradient is not finite
 */
export async function knownAnswerError(compute: Compute): Promise<number> {
  for (const network of phaseNames) compute.load(network, knownState(network));
  const discriminator = await phaseError(compute, 'discriminator');
  return Math.max(discriminator, await phaseError(compute, 'generator'));
}

async function phaseError(compute: Compute, phase: PhaseName): Promise<number> {
  const payload = new Uint8Array(compute.payloadBytes(phase, 1));
  await compute.update(
    { phase, step: 0, blocks: [0] },
    knownSource,
    payload,
    () => false,
    exchangeAlone([], 0),
  );
  const [{ gradient }] = readRecords(recordLayout(knownModel, phase), payload, 1, 0);
  const expected = expectedGradients[phase];
  const parts = knownModel[phase].parameters.map(({ offset, size }) => {
    let difference = 0;
    let norm = 0;
    for (let i = offset; i < offset + size; i++) {
      difference += (gradient[i] - expected[i]) ** 2;
      norm += expected[i] ** 2;
    }
    return { difference: Math.sqrt(difference), norm: Math.sqrt(norm) };
  });
  const floor = 0.01 * Math.max(...parts.map(({ norm }) => norm));
  const error = Math.max(...parts.map(({ difference, norm }) => difference / Math.max(norm, floor)));
  return Number.isFinite(error) ? error : Infinity;
}
