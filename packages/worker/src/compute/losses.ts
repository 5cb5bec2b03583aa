/**
 * GAN losses as sums over examples, with their derivatives by the discriminator's scores written out.
 *
 * non-saturating: I. Goodfellow et al., "Generative adversarial nets", 2014; least-squares: X. Mao et al., 2017 (targets
 * 0 and 1, halved); hinge: J. H. Lim, J. C. Ye, "Geometric GAN", 2017; wasserstein: M. Arjovsky, S. Chintala, L. Bottou,
 * 2017; relativistic: pairs of equal index, A. Jolicoeur-Martineau, "The relativistic discriminator", 2018, as in
 * Y. Huang et al., "The GAN is dead; long live the GAN! A modern baseline GAN" (R3GAN), 2024.
 */
import type { RunConfig } from '@gantry/shared';
import * as tf from './tf.ts';

interface Loss {
  /** Per example, or per pair. */
  readonly value: tf.Tensor;
  /** Its derivative by the score. */
  readonly slope: tf.Tensor;
}
/** A function of scores, element by element. */
type Term = (scores: tf.Tensor) => Loss;

export interface LossTerms {
  /** @returns the sum over examples, and its derivatives by the scores */
  discriminator(
    real: tf.Tensor,
    fake: tf.Tensor,
  ): { readonly value: tf.Tensor; readonly real: tf.Tensor; readonly fake: tf.Tensor };
  /** @param real - scores of real examples of equal index; null where the loss does not ask for them */
  generator(fake: tf.Tensor, real: tf.Tensor | null): { readonly value: tf.Tensor; readonly fake: tf.Tensor };
  /** What of an example's score is counted as right: beyond a threshold, or higher than that of its pair. */
  readonly right: { readonly threshold: number } | 'pair';
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
const linear =
  (sign: 1 | -1): Term =>
  (s) => ({ value: tf.mul(s, sign), slope: tf.fill(s.shape, sign) });

const separate = (ofReal: Term, ofFake: Term, ofGenerated: Term, right: LossTerms['right']): LossTerms => ({
  discriminator: (real, fake) => {
    const a = ofReal(real);
    const b = ofFake(fake);
    return { value: tf.add(tf.sum(a.value), tf.sum(b.value)), real: a.slope, fake: b.slope };
  },
  generator: (fake) => {
    const { value, slope } = ofGenerated(fake);
    return { value: tf.sum(value), fake: slope };
  },
  right,
});

const relativistic: LossTerms = {
  discriminator: (real, fake) => {
    const { value, slope } = softplusOfNegative(tf.sub(real, fake));
    return { value: tf.sum(value), real: slope, fake: tf.neg(slope) };
  },
  generator: (fake, real) => {
    const { value, slope } = softplusOfNegative(real === null ? fake : tf.sub(fake, real));
    return { value: tf.sum(value), fake: slope };
  },
  right: 'pair',
};

const zero = { threshold: 0 };

export const losses: Readonly<Record<RunConfig['loss']['kind'], LossTerms>> = {
  'non-saturating': separate(softplusOfNegative, softplus, softplusOfNegative, zero),
  'least-squares': separate(squareTo(1), squareTo(0), squareTo(1), { threshold: 0.5 }),
  hinge: separate(hinge(-1), hinge(1), linear(-1), zero),
  wasserstein: separate(linear(-1), linear(1), linear(-1), 'pair'),
  relativistic,
};
