/** The loss of a classifier: softmax cross-entropy, with its derivative by the scores. */
import * as tf from '../compute/tf.ts';

/**
 * @param scores - [n, classes]
 * @param labels - one-hot, [n, classes]
 * @returns the mean over examples, and its derivative by the scores
 */
export function crossEntropy(
  scores: tf.Tensor,
  labels: tf.Tensor,
): { readonly value: tf.Tensor; readonly slope: tf.Tensor } {
  const n = scores.shape[0];
  const logarithms = tf.logSoftmax(scores);
  return {
    value: tf.neg(tf.div(tf.sum(tf.mul(labels, logarithms)), n)),
    slope: tf.div(tf.sub(tf.exp(logarithms), labels), n),
  };
}
