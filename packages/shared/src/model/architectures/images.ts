/** What architectures of images have in common: how often they halve, how they begin and how they judge. */
import type { RunConfig } from '../../config.ts';
import { gantryError } from '../../errors.ts';
import type { LayerSpec } from '../spec.ts';

/** Fields that all of them have. */
export type ImageModel = Extract<
  RunConfig['model'],
  { architecture: 'dcgan' | 'residual' | 'inception' | 'deep' }
>;

export interface ImageShape {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** Halvings from the image to the smallest feature map. */
  readonly levels: number;
  /** Height and width of that map. */
  readonly map: readonly [number, number];
}

/** @throws MODEL_SHAPE for points, and for images that cannot be halved */
export function imageShape(architecture: string, example: readonly number[]): ImageShape {
  if (example.length !== 3) {
    const reason = `architecture "${architecture}" makes images; points need "mlp"`;
    throw gantryError('MODEL_SHAPE', 'generator', example, reason);
  }
  const [height, width, channels] = example;
  const levels = halvings(height, width);
  if (levels === 0) {
    const reason = 'both sides must be even and at least 8 pixels';
    throw gantryError('MODEL_SHAPE', 'discriminator/conv0', example, reason);
  }
  return { height, width, channels, levels, map: [height / 2 ** levels, width / 2 ** levels] };
}

/** The smallest feature map keeps a side of 4 or more. */
function halvings(height: number, width: number): number {
  let count = 0;
  while (height % 2 === 0 && width % 2 === 0 && height >= 8 && width >= 8) {
    height /= 2;
    width /= 2;
    count += 1;
  }
  return count;
}

/** Numbers of the learnt vector that a conditional generator puts behind the latent vector. */
const embeddingUnits = 16;

/** From the latent vector to the smallest feature map of `channels`. @param bias - false where batch norm follows */
export function latentToMap(
  model: ImageModel,
  shape: ImageShape,
  channels: number,
  bias: boolean,
): LayerSpec[] {
  const map = [...shape.map, channels];
  return [
    ...(model.conditional ? [{ type: 'labelEmbedding', name: 'label', units: embeddingUnits } as const] : []),
    { type: 'dense', name: 'dense', units: map[0] * map[1] * map[2], bias },
    { type: 'reshape', name: 'map', shape: map },
  ];
}

/** From the smallest feature map of `channels` to the score. */
export function mapToScore(model: ImageModel, shape: ImageShape, channels: number): LayerSpec[] {
  const { minibatchStdDev, dropout, conditional } = model;
  const grouped = minibatchStdDev > 0;
  const features = shape.map[0] * shape.map[1] * (channels + (grouped ? 1 : 0));
  return [
    ...(grouped ? [{ type: 'minibatchStdDev', name: 'stdDev', group: minibatchStdDev } as const] : []),
    { type: 'reshape', name: 'flatten', shape: [features] },
    ...(dropout > 0 ? [{ type: 'dropout', name: 'dropout', rate: dropout } as const] : []),
    conditional
      ? { type: 'projection', name: 'projection' }
      : { type: 'dense', name: 'dense', units: 1, bias: true },
  ];
}
