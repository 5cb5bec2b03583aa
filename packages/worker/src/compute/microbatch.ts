/**
 * One microbatch on the device: from examples, latents and parameters to sums of gradients and losses. This is the
 * pure function that the rest of Gantry schedules, races and repeats; nothing in it remembers anything.
 */
import { gantryError, type PhaseName, type RunConfig } from '@gantry/shared';
import type { LayerMoments, Parameters, Pass } from './layers/layer.ts';
import { losses } from './losses.ts';
import { backward, forward, type Gradients, type Network } from './network.ts';
import { r1Penalty } from './penalty.ts';
import * as tf from './tf.ts';

export interface Model {
  readonly networks: Readonly<Record<PhaseName, Network>>;
  readonly parameters: Readonly<Record<PhaseName, Parameters>>;
  readonly loss: RunConfig['loss'];
}

/** Sums over the microbatch's examples, on the device. */
export interface MicrobatchSums {
  /** By parameter of the phase's network. */
  readonly gradients: Gradients;
  /** Scalars. */
  readonly loss: tf.Tensor;
  /** Null where there is none. */
  readonly penalty: tf.Tensor | null;
  /** The discriminator's outputs, [passes · n]: real, then fake; or of the fakes alone. */
  readonly scores: tf.Tensor;
  /** Of each batch-norm layer of the phase's network, [passes, channels]. */
  readonly moments: readonly LayerMoments[];
}

const training = (parameters: Parameters, groups: number): Pass => ({ parameters, groups, running: null });

/**
 * Real and fake examples go through the discriminator in one pass, as two groups: batch norm keeps them apart, and
 * everything else treats examples one by one.
 *
 * @param real - [n, ...example shape]
 * @param latents - [n, latent]
 */
export function discriminatorMicrobatch(model: Model, real: tf.Tensor, latents: tf.Tensor): MicrobatchSums {
  const { networks, parameters, loss } = model;
  const n = real.shape[0];
  const fake = forward(networks.generator, latents, training(parameters.generator, 1)).output;
  const pass = training(parameters.discriminator, 2);
  const trace = forward(networks.discriminator, tf.concat([real, fake], 0), pass);
  const terms = losses[loss.kind];
  const ofReal = terms.real(tf.slice(trace.output, 0, n));
  const ofFake = terms.fake(tf.slice(trace.output, n, n));
  const slopes = tf.concat([ofReal.slope, ofFake.slope], 0);
  const { parameters: gradients } = backward(networks.discriminator, trace, slopes, {
    input: false,
    parameters: true,
  });
  const penalty = loss.r1 > 0 ? r1Penalty(networks.discriminator, real, pass, loss.r1) : null;
  for (const [name, gradient] of Object.entries(penalty?.parameters ?? {})) {
    const other = gradients[name];
    gradients[name] = other === undefined || gradient === undefined ? gradient : tf.add(other, gradient);
  }
  return {
    gradients,
    loss: tf.add(tf.sum(ofReal.value), tf.sum(ofFake.value)),
    penalty: penalty?.value ?? null,
    scores: trace.output,
    moments: trace.moments,
  };
}

/** @param latents - [n, latent] */
export function generatorMicrobatch(model: Model, latents: tf.Tensor): MicrobatchSums {
  const { networks, parameters, loss } = model;
  const generated = forward(networks.generator, latents, training(parameters.generator, 1));
  const judged = forward(networks.discriminator, generated.output, training(parameters.discriminator, 1));
  const { value, slope } = losses[loss.kind].generator(judged.output);
  const { input } = backward(networks.discriminator, judged, slope, { input: true, parameters: false });
  if (input === null) throw gantryError('INTERNAL', 'the discriminator gave no gradient by its input');
  const { parameters: gradients } = backward(networks.generator, generated, input, {
    input: false,
    parameters: true,
  });
  return { gradients, loss: tf.sum(value), penalty: null, scores: judged.output, moments: generated.moments };
}
