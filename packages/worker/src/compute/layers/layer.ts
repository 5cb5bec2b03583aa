/**
 * What a layer is to a network: a forward function and its transposes, as separate calls.
 *
 * TensorFlow.js's own differentiation is not used. Its tape runs in one piece, so a pass could never be cut at a
 * batch-norm layer to exchange statistics; its second-order gradients throw or are wrong for what GANs need
 * (leaky relu, tanh; tensorflow/tfjs#3252); and it computes gradients nobody asked for, such as those of the
 * frozen discriminator's kernels. Layers as explicit pairs cost a few lines each and have none of that.
 */
import type * as tf from '../tf.ts';

/** A network's parameters on the device, by the plan's names (`conv1/kernel`). */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

export interface Pass {
  readonly parameters: Parameters;
  /**
   * Batches that lie one after another in the tensor, all of one size; batch norm gives each its own moments. A
   * discriminator phase passes two at once: real, then fake.
   */
  readonly groups: number;
  /** Running statistics to normalise by (evaluation); null: the moments of each group (training). */
  readonly running: Float32Array | null;
}

/** Moments of one batch-norm layer: mean and M2 (Σ of squared deviations), each [groups, channels]. */
export interface LayerMoments {
  readonly mean: tf.Tensor;
  readonly m2: tf.Tensor;
  /** Values behind each mean. */
  readonly n: number;
}

export interface Forward {
  readonly output: tf.Tensor;
  /** What `backward` and `tangent` will need. */
  readonly saved: readonly tf.Tensor[];
  /** Of batch-norm layers in training. */
  readonly moments?: LayerMoments;
}

export type ParameterGradients = readonly (readonly [name: string, gradient: tf.Tensor])[];

/** Which derivatives a caller uses; others are not computed. */
export interface Wanted {
  readonly input: boolean;
  readonly parameters: boolean;
}
export interface Backward {
  /** ∂/∂input, null where it was not wanted. */
  readonly input: tf.Tensor | null;
  readonly parameters: ParameterGradients;
}

export interface Layer {
  forward(input: tf.Tensor, pass: Pass): Forward;
  /** Derivatives of Σ output·dOutput. */
  backward(dOutput: tf.Tensor, saved: readonly tf.Tensor[], pass: Pass, wanted: Wanted): Backward;
  /**
   * The derivative of the output along a direction in input space, for gradient penalties. Present only on layers
   * whose second derivative by their input is zero almost everywhere: linear and piecewise linear ones.
   */
  tangent?(direction: tf.Tensor, saved: readonly tf.Tensor[], pass: Pass): tf.Tensor;
  /** Derivatives of Σ tangent(direction)·dOutput. A bias has none: it does not move the tangent. */
  tangentParameters?(dOutput: tf.Tensor, direction: tf.Tensor, pass: Pass): ParameterGradients;
}
