/**
 * Inception blocks (C. Szegedy et al., "Going deeper with convolutions", 2015): 1x1, 3x3, 5x5 and pooling side by side,
 * the larger ones behind a 1x1 that narrows, concatenated. One block at each size of the feature maps.
 */
import type { LayerSpec, ModelSpec, SimpleLayerSpec } from '../spec.ts';
import { imageShape, latentToMap, mapToScore, type ImageModel } from './images.ts';
import { batchNormIf, leakyRelu, packIf, relu } from './parts.ts';

type Inception = Extract<ImageModel, { architecture: 'inception' }>;

/**
 * @param filters - of the block, a multiple of 4: a quarter comes from each branch
 * @param bias - false where batch norm follows
 */
function block(name: string, filters: number, bias: boolean, activation: typeof relu): LayerSpec {
  const quarter = filters / 4;
  const conv = (layer: string, kernel: number, count: number, withBias: boolean): SimpleLayerSpec => ({
    type: 'conv2d',
    name: layer,
    filters: count,
    kernel,
    stride: 1,
    bias: withBias,
  });
  const narrow = (size: number): SimpleLayerSpec[] => [
    conv(`narrow${size}`, 1, Math.max(1, quarter / 2), true),
    activation(`narrowRelu${size}`),
    conv(`conv${size}`, size, quarter, bias),
  ];
  return {
    type: 'inception',
    name,
    branches: [
      [conv('conv1', 1, quarter, bias)],
      narrow(3),
      narrow(5),
      [{ type: 'averagePooling', name: 'pool', size: 3, stride: 1 }, conv('convPool', 1, quarter, bias)],
    ],
  };
}

export function inception(model: Inception, example: readonly number[]): ModelSpec {
  const shape = imageShape('inception', example);
  const { channels, levels } = shape;
  // A quarter of each width has to be even.
  const width = Math.ceil(model.width / 8) * 8;
  const top = width * 2 ** (levels - 1);
  const initializer = { kind: 'fan-in-normal', gain: 1 } as const;

  const generator: LayerSpec[] = [
    ...latentToMap(model, shape, top, false),
    { type: 'batchNorm', name: 'bn0' },
    relu('relu0'),
  ];
  for (let level = 1; level <= levels; level++) {
    generator.push(
      { type: 'upsampling', name: `double${level}`, factor: 2 },
      block(`inception${level}`, top / 2 ** (level - 1), false, relu),
      { type: 'batchNorm', name: `bn${level}` },
      relu(`relu${level}`),
    );
  }
  generator.push(
    { type: 'conv2d', name: 'conv', filters: channels, kernel: 3, stride: 1, bias: true },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
  );

  const discriminator: LayerSpec[] = [
    ...packIf(model.pack),
    { type: 'conv2d', name: 'conv', filters: width, kernel: 4, stride: 2, bias: true },
    leakyRelu('leakyRelu'),
  ];
  for (let level = 1; level <= levels; level++) {
    const normalised = model.discriminatorBatchNorm;
    discriminator.push(
      block(`inception${level}`, width * 2 ** (level - 1), !normalised, leakyRelu),
      ...batchNormIf(normalised, `bn${level}`),
      leakyRelu(`leakyRelu${level}`),
    );
    if (level < levels) {
      discriminator.push({ type: 'averagePooling', name: `halve${level}`, size: 2, stride: 2 });
    }
  }
  discriminator.push(...mapToScore(model, shape, top));
  return {
    generator: { input: [model.latent], layers: generator, initializer },
    discriminator: { input: example, layers: discriminator, initializer },
  };
}
