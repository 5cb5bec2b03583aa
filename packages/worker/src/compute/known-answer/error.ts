/** How far a backend's gradients are from the known answer. */
import { largestError, phaseNames, readPlainRecords, recordLayout, type PhaseName } from '@gantry/shared';
import { exchangeAlone } from '../lock-step.ts';
import type { Compute } from '../types.ts';
import { knownConfig, knownModel, knownSource, knownState } from './case.ts';
import { expectedGradients } from './expected.ts';

/** Relative; float32 gives 1e-6, half precision about 1e-2. */
export const tolerance = 1e-3;
/** What is worse than tolerance and better than this is good enough for pictures of 8 bits, and for nothing else. */
export const drawingTolerance = 0.05;
export { knownConfig, knownModel, knownState };

/**
 * @param compute - made for `knownModel` and `knownConfig`
 * @returns the largest relative error over parameters, as `relativeErrors` defines it; Infinity where a gradient is
 *   not finite
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
  const [{ gradient }] = readPlainRecords(recordLayout(knownModel, phase), payload, 1);
  const expected = expectedGradients[phase];
  return largestError(
    knownModel[phase].parameters.map(({ name, offset, size }) => ({
      name,
      found: gradient.subarray(offset, offset + size),
      expected: expected.slice(offset, offset + size),
    })),
  );
}
