/**
 * What a layer is to a network: a forward function, its transposes, and its second derivatives, as separate calls.
 *
 * TensorFlow.js's own differentiation is not used. Its tape runs in one piece, so a pass could never be cut at a
 * batch-norm layer to exchange statistics; its second-order gradients throw or are wrong for what GANs need
 * (leaky relu, tanh; tensorflow/tfjs#3252); and it computes gradients nobody asked for, such as those of the
 * frozen discriminator's kernels. Layers as explicit pairs cost a few lines each and have none of that. That none
 * lacks its second derivative is for the compiler to see.
 */
import type * as tf from '../tf.ts';

/** A network's parameters on the device, by the plan's names (`conv1/kernel`). */
export type Parameters = ReadonlyMap<string, tf.Tensor>;

/** Random numbers inside a network: the same for an example, whoever computes it. */
export interface Noise {
  /** Uniform in [0, 1): `features` numbers for each row of the batch, for the layer of that number. */
  uniform(layer: number, features: number): Float32Array<ArrayBuffer>;
}

export interface Pass {
  readonly parameters: Parameters;
  /**
   * Batches that lie one after another in the tensor, all of one size; batch norm gives each its own moments. A
   * discriminator phase passes two at once: real, then fake.
   */
  readonly groups: number;
  /** False: evaluation, in which batch norm runs on running statistics and nothing is dropped. */
  readonly training: boolean;
  /** Running statistics, by the plan's offsets. In training, layers that do not train run on them. */
  readonly running: Float32Array;
  /** Classes of the examples, one-hot [batch, classes]; null for networks that do not ask. */
  readonly labels: tf.Tensor | null;
  readonly noise: Noise | null;
  /** Examples behind a merged moment where the pass is cut at batch-norm layers; null: it is not. */
  readonly pooled: number | null;
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
  /** What the other functions will need; each has a row for each of the batch, of a part of it, or of a group. */
  readonly saved: readonly tf.Tensor[];
  /** Of batch-norm layers that train, in training: of this pass's own examples. */
  readonly moments?: LayerMoments;
}

export type ParameterGradients = readonly (readonly [name: string, gradient: tf.Tensor])[];

/** Which derivatives a caller uses; others are not computed. */
export interface Wanted {
  readonly input: boolean;
  readonly parameters: boolean;
}
/** `I` is one tensor for most layers, one for each input for those that join branches. */
export interface Derivatives<I> {
  /** By the input; null where it was not wanted, or is zero. */
  readonly input: I | null;
  readonly parameters: ParameterGradients;
}

export interface LayerOf<I> {
  forward(input: I, pass: Pass): Forward;
  /** Derivatives of Σ output·dOutput. */
  backward(dOutput: tf.Tensor, saved: readonly tf.Tensor[], pass: Pass, wanted: Wanted): Derivatives<I>;
  /** The derivative of the output along a direction in input space. */
  tangent(direction: I, saved: readonly tf.Tensor[], pass: Pass): tf.Tensor;
  /**
   * Derivatives of Σ tangent(direction)·dOutput, by the input and by the parameters. By the input it is zero for
   * layers that are linear, or linear piece by piece.
   */
  tangentBackward(
    dOutput: tf.Tensor,
    direction: I,
    saved: readonly tf.Tensor[],
    pass: Pass,
    wanted: Wanted,
  ): Derivatives<I>;
  /** Its output depends on `Pass.noise`. */
  readonly draws?: boolean;
  /** Of batch norm: its work cut in two where statistics are exchanged. */
  readonly cut?: CutLayer;
  /** Of every activation: how many of the outputs are saturated, as the sum over examples of their share; a scalar. */
  readonly saturated?: (saved: readonly tf.Tensor[]) => tf.Tensor;
}

/** A layer that reads one tensor. */
export type Layer = LayerOf<tf.Tensor>;
/** A layer that joins branches. */
export type MergeLayer = LayerOf<readonly tf.Tensor[]>;

/** What is exchanged is [groups, 2, channels]: mean and M2 forward, S1 and S2 backward. */
export interface CutLayer {
  moments(input: tf.Tensor, pass: Pass): tf.Tensor;
  /** @param merged - of the global batch */
  forward(input: tf.Tensor, merged: tf.Tensor, own: tf.Tensor, pass: Pass): Forward;
  sums(dOutput: tf.Tensor, saved: readonly tf.Tensor[], pass: Pass): tf.Tensor;
  /** @param merged - null where the derivative by the input is not wanted: nothing was exchanged for it */
  backward(
    dOutput: tf.Tensor,
    saved: readonly tf.Tensor[],
    merged: tf.Tensor | null,
    own: tf.Tensor,
    pass: Pass,
    wanted: Wanted,
  ): Derivatives<tf.Tensor>;
}

/** For layers whose tangent does not depend on their input or parameters. */
export const noSecondDerivatives = (): Derivatives<never> => ({ input: null, parameters: [] });
