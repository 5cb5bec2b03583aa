/**
 * GAN losses as sums over examples, with their derivatives by the discriminator's scores written out.
 *
 * non-saturating: I. Goodfellow et al., "Generative adversarial nets", 2014; least-squares: X. Mao et al., 2017 (targets
 * 0 and 1, halved); hinge: J. H. Lim, J. C. Ye, "Geometric GAN", 2017.
 */
import type { RunConfig } from '@gantry/shared';
import * as tf from './tf.ts';

export interface Loss {
  /** Per example. */
  readonly value: tf.Tensor;
  /** Its derivative by the score. */
  readonly slope: tf.Tensor;
}
/** A function of scores, element by element. */
type Term = (scores: tf.Tensor) => Loss;

export interface LossTerms {
  /** The discriminator's, on real and on fake examples. */
  readonly real: Term;
  readonly fake: Term;
  /** The generator's. */
  readonly generator: Term;
}

const softplus: Term = (s) => ({ value: tf.softplus(s), slope: tf.sigmoid(s) });
const softplusOfNegative: Term = (s) => {
  const negative = tf.neg(s);
  return { value: tf.softplus(negative), slope: tf.neg(tf.sigmoid(negative)) };
};
const squareTo =
  (target: number): Term =>
  (s) => {
    const slope = tf.sub(s, target);
    return { value: tf.mul(tf.square(slope), 0.5), slope };
  };
/** max(0, 1 + sign·s) */
const hinge =
  (sign: 1 | -1): Term =>
  (s) => {
    const inside = tf.add(tf.mul(s, sign), 1);
    return { value: tf.relu(inside), slope: tf.mul(tf.step(inside), sign) };
  };
const negative: Term = (s) => ({ value: tf.neg(s), slope: tf.fill(s.shape, -1) });

export const losses: Readonly<Record<RunConfig['loss']['kind'], LossTerms>> = {
  'non-saturating': { real: softplusOfNegative, fake: softplus, generator: softplusOfNegative },
  'least-squares': { real: squareTo(1), fake: squareTo(0), generator: squareTo(1) },
  hinge: { real: hinge(-1), fake: hinge(1), generator: negative },
};
