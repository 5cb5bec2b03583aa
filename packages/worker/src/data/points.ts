/** Points of the 2-D mixtures. */
import { drawNormal, drawUniform, type Mixture } from '@gantry/shared';
import type { ExampleAddress } from './example-address.ts';

const choice = new Float64Array(1);

/**
 * A mode, and a normal deviate around its centre.
 *
 * @param out - [x, y], written
 * @param choose - the mode
 */
export function drawPoint(
  mixture: Mixture,
  address: ExampleAddress,
  out: Float32Array,
  choose: (uniform: number) => number,
): void {
  drawUniform({ ...address, layer: 1 }, choice);
  const [x, y] = mixture.centres[choose(choice[0])];
  drawNormal(address, out);
  out[0] = x + mixture.deviation * out[0];
  out[1] = y + mixture.deviation * out[1];
}
