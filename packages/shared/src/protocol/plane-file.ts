/** What a sample sheet of 2-D data shows: a file beside its PNG, which the presenter's page fetches. */
import { z } from 'zod';
import { planeSizes } from '../plane.ts';

const point = z.tuple([z.number(), z.number()]);
export type PlanePoint = z.infer<typeof point>;

export const planeFile = z.strictObject({
  iteration: z.int().min(0),
  /** The plane is seen from −half to half, in both directions. */
  half: z.number().gt(0),
  real: z.array(point).max(planeSizes.real),
  /** The first of the sheet; the point of index i is at place i. */
  generated: z.array(point).max(planeSizes.real),
  /** The discriminator's scores, row by row from the top. */
  heatMap: z.array(z.number()).length(planeSizes.heatMap ** 2),
  /** The knots of a mesh in latent space where the generator puts them, row by row. */
  manifold: z.array(point).length(planeSizes.manifold ** 2),
  /** Of the generator's loss, by each of the first generated points. */
  gradients: z.array(point).max(planeSizes.gradients),
  modes: z.int(),
  modesTotal: z.int(),
  /** Share of all generated samples. */
  highQuality: z.number(),
});
export type PlaneFile = z.infer<typeof planeFile>;
