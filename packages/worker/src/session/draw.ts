/** Drawing with the generator's moving average: the run's sample sheets, and pictures that the presenter asks for. */
import {
  headerBytes,
  heatMapPoints,
  isPlane,
  manifoldLatents,
  mixLatents,
  mixtures,
  newFrame,
  planeOf,
  planeSizes,
  sealFrame,
  sheetBytes,
  toPixels,
  gantryError,
  type EvaluateMessage,
  type FrameHeader,
  type LatentMix,
  type NetworkState,
  type Picture,
  type WelcomeMessage,
} from '@gantry/shared';
import type { RunSource } from '../compute/types.ts';
import type { EvaluatedNetworks } from './evaluated.ts';
import type { Bench } from './workplace.ts';

type Floats = Float32Array<ArrayBuffer>;

/**
 * @param networks - of the version that is asked for
 * @returns an `evaluation`, ready to send; null where the networks it takes are not there
 */
export async function drawEvaluation(
  place: Bench,
  welcome: WelcomeMessage,
  message: EvaluateMessage,
  { generator, discriminator }: EvaluatedNetworks,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (generator === null) return null;
  const { config, incarnation } = welcome;
  const { lease, version, samples: count, picture } = message;
  const head = {
    codec: 'float32',
    incarnation,
    lease,
    version,
    phase: 'generator',
    count,
    replica: 0,
  } as const;
  if (picture !== undefined) {
    const examples = await generate(place, welcome, generator, pictureInputs(place.source, picture, count));
    return isPlane(config.data) ? pointsFrame(head, examples) : imagesFrame(head, examples);
  }
  const { source } = place;
  const inputs = { latents: source.sampleLatents(count), labels: source.sampleLabels(count) };
  if (!isPlane(config.data)) return imagesFrame(head, await generate(place, welcome, generator, inputs));
  return discriminator && drawPlane(place, welcome, head, { generator, discriminator });
}

interface Inputs {
  readonly latents: Floats;
  readonly labels: Int32Array;
}

function generate(
  { compute, source }: Bench,
  { config }: WelcomeMessage,
  generator: NetworkState,
  { latents, labels }: Inputs,
): Promise<Floats> {
  const standing = config.evaluation.statistics === 'standing' ? source : undefined;
  return compute.generate(generator, latents, labels, standing);
}

/** @param count - samples of the picture */
function pictureInputs(source: RunSource, { samples, class: label }: Picture, count: number): Inputs {
  const places = Math.max(...samples.flatMap((sample) => sample.places)) + 1;
  const all = source.sampleLatents(places);
  const labels = source.sampleLabels(places);
  const latent = all.length / places;
  const latents = new Float32Array(count * latent);
  samples.forEach(({ places: mixed, weights }, i) => {
    const each = mixed.map((at) => all.subarray(at * latent, (at + 1) * latent));
    latents.set(mixLatents(each, weights), i * latent);
  });
  return {
    latents,
    labels:
      labels.length === 0
        ? labels
        : Int32Array.from(samples, (sample) => label ?? labels[heaviestPlace(sample)]),
  };
}

/** The first of several. */
const heaviestPlace = ({ places, weights }: LatentMix): number =>
  places[weights.indexOf(Math.max(...weights))];

async function drawPlane(
  place: Bench,
  welcome: WelcomeMessage,
  head: Head,
  { generator, discriminator }: { readonly generator: NetworkState; readonly discriminator: NetworkState },
): Promise<Uint8Array<ArrayBuffer>> {
  const { config } = welcome;
  const { compute, source, model } = place;
  if (!isPlane(config.data)) throw gantryError('INTERNAL', 'a plane was to be drawn of images');
  const frame = newFrame({ kind: 'evaluation', ...head }, sheetBytes(config.data, head.count));
  const plane = planeOf(new Float32Array(frame.buffer, headerBytes), head.count);
  const latents = joined(source.sampleLatents(head.count), manifoldLatents(model.generator.input[0]));
  const made = await generate(place, welcome, generator, { latents, labels: new Int32Array(0) });
  plane.generated.set(made.subarray(0, plane.generated.length));
  plane.manifold.set(made.subarray(plane.generated.length));
  plane.real.set(await source.sampleReal(planeSizes.real));
  const judged = await compute.judge(
    discriminator,
    heatMapPoints(mixtures[config.data.source]),
    plane.generated.slice(0, plane.gradients.length),
    plane.real.slice(0, plane.gradients.length),
  );
  plane.heatMap.set(judged.scores);
  plane.gradients.set(judged.gradients);
  return sealFrame(frame);
}

type Head = Omit<FrameHeader, 'kind' | 'base' | 'took'>;

function pointsFrame(head: Head, points: Floats): Uint8Array<ArrayBuffer> {
  const frame = newFrame({ kind: 'evaluation', ...head }, 4 * points.length);
  new Float32Array(frame.buffer, headerBytes).set(points);
  return sealFrame(frame);
}

function imagesFrame(head: Head, images: Floats): Uint8Array<ArrayBuffer> {
  const frame = newFrame({ kind: 'evaluation', ...head }, images.length);
  toPixels(images, new Uint8ClampedArray(frame.buffer, headerBytes));
  return sealFrame(frame);
}

function joined(a: Floats, b: Floats): Floats {
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
