/** Pictures that the presenter asks for: latents mixed from those of the run's sample sheet, and a class. */
import { z } from 'zod';
import type { RunConfig } from './config.ts';
import { gantryError } from './errors.ts';
import { isConditional } from './model/architectures/index.ts';
import { classesOf, exampleShape } from './model/data.ts';
import { volume } from './model/spec.ts';

/** Most samples of one picture, and most pixels (times channels) of them all. */
const mostSamples = 64;
export const mostPictureNumbers = 1 << 20;

/** One sample's latent. */
const latentMix = z.strictObject({
  /** Places in the run's sample sheet, whose latents are mixed. */
  places: z.array(z.int().min(0)).min(1).max(4),
  /** Of each of them; only their ratios count. */
  weights: z.array(z.number().min(0).max(1)).min(1).max(4),
});
export type LatentMix = z.infer<typeof latentMix>;

export const pictureSchema = z.strictObject({
  samples: z.array(latentMix).min(1).max(mostSamples),
  /** Of all samples; null: of each the class that its heaviest place has in the sheet, the first of several. */
  class: z.int().min(0).nullable(),
});
export type Picture = z.infer<typeof pictureSchema>;

/** Whether a picture can be of this run. @throws MESSAGE_INVALID */
export function checkPicture(
  { samples, class: label }: Picture,
  { data, model, evaluation }: Pick<RunConfig, 'data' | 'model' | 'evaluation'>,
): void {
  const invalid = (reason: string): Error => gantryError('MESSAGE_INVALID', reason);
  for (const { places, weights } of samples) {
    const strange = places.find((place) => place >= evaluation.samples);
    if (strange !== undefined) throw invalid(`place ${strange} of a sheet of ${evaluation.samples} samples`);
    if (weights.length !== places.length) {
      throw invalid(`${weights.length} weights for ${places.length} latents`);
    }
    if (!weights.some((weight) => weight > 0)) throw invalid('the weights of a sample are all 0');
  }
  const numbers = samples.length * volume(exampleShape(data));
  if (numbers > mostPictureNumbers) {
    throw invalid(`a picture of ${numbers} pixels, at most ${mostPictureNumbers}`);
  }
  const classes = isConditional(model) ? classesOf(data) : 0;
  if (label !== null && label >= classes) throw invalid(`class ${label} of ${classes}`);
}

/**
 * Mixes independent latents so that the mix is one, too: Σ wᵢzᵢ / √Σ wᵢ². A sum of normal numbers is normal, and the
 * division gives it the variance 1 again. Plain linear interpolation would lead through latents shorter than any that the
 * generator has seen; an arc (slerp) does as this does where latents are at right angles, as those of many dimensions
 * nearly are, but takes two only and knows no way between opposite ones.
 *
 * @param latents - float32 [latent] each
 * @param weights - of each; not all 0
 */
export function mixLatents(
  latents: readonly Float32Array[],
  weights: readonly number[],
): Float32Array<ArrayBuffer> {
  const scale = 1 / Math.sqrt(weights.reduce((sum, weight) => sum + weight * weight, 0));
  const mixed = new Float32Array(latents[0].length);
  for (let i = 0; i < mixed.length; i++) {
    let sum = 0;
    for (const [which, weight] of weights.entries()) sum += weight * latents[which][i];
    mixed[i] = sum * scale;
  }
  return mixed;
}
