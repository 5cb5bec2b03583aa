/**
 * One microbatch on the device: from examples, latents and parameters to sums of gradients and losses. This is the
 * pure function that the rest of Gantry schedules, races and repeats; nothing in it remembers anything. Both are walks,
 * since they stop where batch-norm statistics are exchanged.
 */
import { discriminatorGroups, gantryError, type PhaseName, type RunConfig } from '@gantry/shared';
import type { LayerMoments, Parameters, Pass } from './layers/layer.ts';
import { losses } from './losses.ts';
import {
  backward,
  draws,
  forward,
  groupOf,
  rowsOf,
  through,
  type Gradients,
  type Network,
  type Trace,
  type Walk,
} from './network.ts';
import { rowNoise, type NoisePlace, type passes } from './noise.ts';
import { gradientPenalty, squaredNorm, unitNorm, type Penalty, type PenaltyTerm } from './penalty.ts';
import { saturations } from './saturation.ts';
import * as tf from './tf.ts';

export interface LoadedNetwork {
  readonly network: Network;
  readonly parameters: Parameters;
  /** float32 [runningLength] */
  readonly running: Float32Array;
}

export interface Model {
  readonly networks: Readonly<Record<PhaseName, LoadedNetwork>>;
  readonly loss: RunConfig['loss'];
  /** Examples that the discriminator judges together. */
  readonly pack: number;
}

export interface Examples {
  readonly place: NoisePlace;
  /** Their indices in the global batch. */
  readonly indices: readonly number[];
  /** [n, latent] */
  readonly latents: tf.Tensor;
  /** One-hot classes of what is generated, [n, classes]; null where no network asks. */
  readonly fakeLabels: tf.Tensor | null;
  /** [n, ...example shape], with their classes; null in a generator phase whose loss does not pair. */
  readonly real: { readonly examples: tf.Tensor; readonly labels: tf.Tensor | null } | null;
  /** Mixing numbers of the gradient penalty, [n]; null where there is none in this step. */
  readonly mix: tf.Tensor | null;
  /** How much each example's loss counts. */
  readonly weight: number;
  /** Whether penalties are computed in this step: regularisation may be lazy. */
  readonly penalised: boolean;
  /** Whether saturated activations are counted. */
  readonly diagnosed: boolean;
  /** Examples of the global batch, where statistics are those of all of them. */
  readonly pooled: number | null;
}

/** Sums over the microbatch's examples, on the device. */
export interface MicrobatchSums {
  /** By parameter of the phase's network. */
  readonly gradients: Gradients;
  /** Scalars. */
  readonly loss: tf.Tensor;
  /** Null where there is none. */
  readonly penalty: tf.Tensor | null;
  /** The discriminator's outputs, [groups · n / pack]: real, then fake; or of the fakes alone. */
  readonly scores: tf.Tensor;
  /** Of each batch-norm layer of the phase's network that trains, [passes, channels]. */
  readonly moments: readonly LayerMoments[];
  /** Of each activation layer of the phase's network, a scalar; null where they are not counted. */
  readonly saturation: readonly tf.Tensor[] | null;
}

/** The microbatch of a discriminator or generator phase. */
export function microbatch(model: Model, phase: PhaseName, examples: Examples): Walk<MicrobatchSums> {
  return phase === 'discriminator'
    ? discriminatorMicrobatch(model, examples)
    : generatorMicrobatch(model, examples);
}

type PassName = keyof typeof passes;

const generatorPass = ({ networks }: Model, { place, indices, fakeLabels, pooled }: Examples): Pass => ({
  parameters: networks.generator.parameters,
  running: networks.generator.running,
  groups: 1,
  training: true,
  labels: fakeLabels,
  noise: rowNoise(place, indices, ['generator']),
  pooled,
});

function discriminatorPass(
  { networks, pack }: Model,
  { place, indices, pooled }: Examples,
  names: readonly PassName[],
  labels: tf.Tensor | null,
): Pass {
  const rows = indices.filter((_, i) => i % pack === 0);
  return {
    parameters: networks.discriminator.parameters,
    running: networks.discriminator.running,
    groups: names.length,
    training: true,
    labels,
    noise: rowNoise(place, rows, names),
    pooled,
  };
}

/**
 * Real and fake examples go through the discriminator in one pass, as two groups: batch norm keeps them apart, and
 * everything else treats examples one by one, or in groups that do not straddle.
 */
function* judge(
  model: Model,
  examples: Examples,
  fake: tf.Tensor,
): Walk<{ readonly trace: Trace; readonly real: tf.Tensor | null; readonly fake: tf.Tensor }> {
  const { real, fakeLabels } = examples;
  const { network } = model.networks.discriminator;
  if (real === null) {
    const trace = yield* forward(network, fake, discriminatorPass(model, examples, ['fake'], fakeLabels));
    return { trace, real: null, fake: trace.output };
  }
  const labels = real.labels && fakeLabels && tf.concat([real.labels, fakeLabels], 0);
  const pass = discriminatorPass(model, examples, ['real', 'fake'], labels);
  const trace = yield* forward(network, tf.concat([real.examples, fake], 0), pass);
  const n = trace.output.shape[0] / 2;
  return { trace, real: rowsOf(trace.output, 0, n), fake: rowsOf(trace.output, n, n) };
}

function* discriminatorMicrobatch(model: Model, examples: Examples): Walk<MicrobatchSums> {
  const { networks, loss } = model;
  const { generator, discriminator } = networks;
  const each = model.pack * examples.weight;
  const fake = (yield* forward(generator.network, examples.latents, generatorPass(model, examples))).output;
  const { trace, real: realScores, fake: fakeScores } = yield* judge(model, examples, fake);
  if (realScores === null) throw gantryError('INTERNAL', 'a discriminator phase came without real examples');
  const terms = losses[loss.kind].discriminator(realScores, fakeScores);
  const slopes = weighted(tf.concat([terms.real, terms.fake], 0), each);
  const { parameters: gradients } = yield* backward(discriminator.network, trace, slopes, {
    input: false,
    parameters: true,
  });
  const penalties = examples.penalised ? penaltiesOf(model, examples, trace, fake) : [];
  for (const { parameters } of penalties) {
    for (const [name, gradient] of Object.entries(parameters)) {
      const other = gradients[name];
      gradients[name] = other === undefined || gradient === undefined ? gradient : tf.add(other, gradient);
    }
  }
  return {
    gradients,
    loss: weighted(terms.value, each),
    penalty: penalties.length > 0 ? tf.addN(penalties.map(({ value }) => value)) : null,
    scores: trace.output,
    moments: trace.moments,
    saturation: examples.diagnosed
      ? saturations(discriminator.network, trace, examples.indices.length)
      : null,
  };
}

function* generatorMicrobatch(model: Model, examples: Examples): Walk<MicrobatchSums> {
  const { networks, loss } = model;
  const { generator, discriminator } = networks;
  const each = model.pack * examples.weight;
  const generated = yield* forward(generator.network, examples.latents, generatorPass(model, examples));
  const judged = yield* judge(model, examples, generated.output);
  const terms = losses[loss.kind].generator(judged.fake, judged.real);
  const ofFake = weighted(terms.fake, each);
  const slopes = judged.real === null ? ofFake : tf.concat([tf.zerosLike(judged.real), ofFake], 0);
  const { input } = yield* backward(discriminator.network, judged.trace, slopes, {
    input: true,
    parameters: false,
  });
  if (input === null) throw gantryError('INTERNAL', 'the discriminator gave no gradient by its input');
  const n = generated.output.shape[0];
  const ofGenerated = judged.real === null ? input : rowsOf(input, n, n);
  const { parameters: gradients } = yield* backward(generator.network, generated, ofGenerated, {
    input: false,
    parameters: true,
  });
  return {
    gradients,
    loss: weighted(terms.value, each),
    penalty: null,
    scores: judged.trace.output,
    moments: generated.moments,
    saturation: examples.diagnosed
      ? saturations(generator.network, generated, examples.indices.length)
      : null,
  };
}

/** @param each - how much a score counts: each example of a pack has the pack's loss, and shares of the data weigh differently */
const weighted = (terms: tf.Tensor, each: number): tf.Tensor => (each === 1 ? terms : tf.mul(terms, each));

/** @param judged - the pass that real and fake examples have made together */
function penaltiesOf(model: Model, examples: Examples, judged: Trace, fake: tf.Tensor): Penalty[] {
  const { r1, r2, gradientPenalty: lambda, penaltyEvery } = model.loss;
  const { real, fakeLabels, mix } = examples;
  const { network } = model.networks.discriminator;
  if (real === null) return [];
  // A penalty that comes rarely is as many times as strong.
  const weight = penaltyEvery * model.pack * examples.weight;
  const rows = examples.indices.length / model.pack;
  const passed = (name: PassName, x: tf.Tensor, labels: tf.Tensor | null): Trace => {
    const pass = { ...discriminatorPass(model, examples, [name], labels), pooled: null };
    return through(forward(network, x, pass));
  };
  /** A penalty at examples that have passed needs no other pass, but where other values would be dropped in it. */
  const again = (name: PassName, group: 0 | 1, x: tf.Tensor, labels: tf.Tensor | null): Trace =>
    draws(network) ? passed(name, x, labels) : groupOf(judged, group, labels);
  const found: Penalty[] = [];
  const add = (trace: Trace, term: PenaltyTerm): void =>
    void found.push(gradientPenalty(network, trace, term));
  if (r1 > 0) add(again('r1', 0, real.examples, real.labels), squaredNorm(r1 * weight));
  if (r2 > 0) add(again('r2', 1, fake, fakeLabels), squaredNorm(r2 * weight));
  if (lambda > 0 && mix !== null) {
    const share = tf.reshape(mix, [-1, ...fake.shape.slice(1).map(() => 1)]);
    const between = tf.add(real.examples, tf.mul(share, tf.sub(fake, real.examples)));
    add(passed('gradientPenalty', between, real.labels), unitNorm(lambda * weight, rows));
  }
  return found;
}

/** Whether a phase passes real examples through the discriminator. */
export const wantsReal = (phase: PhaseName, loss: RunConfig['loss']): boolean =>
  discriminatorGroups(phase, loss) === 2;
