/**
 * DCGAN (A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep convolutional
 * generative adversarial networks", ICLR 2016): 4x4 convolutions of stride 2 down to a small map and back up,
 * width doubling as the side halves; batch norm everywhere but at the discriminator's input and the
 * generator's output; no bias directly before a batch norm.
 */
import type { LayerSpec, ModelSpec } from '../spec.ts';
import { imageShape, latentToMap, mapToScore, type ImageModel } from './images.ts';
import { batchNormIf, leakyRelu, packIf, relu } from './parts.ts';

type Dcgan = Extract<ImageModel, { architecture: 'dcgan' }>;

export function dcgan(model: Dcgan, example: readonly number[]): ModelSpec {
  const shape = imageShape('dcgan', example);
  const { channels, levels } = shape;
  const top = model.width * 2 ** (levels - 1);
  const convolution = { kernel: 4, stride: 2 } as const;
  const initializer = { kind: 'normal', mean: 0, deviation: 0.02 } as const;

  const generator: LayerSpec[] = [
    ...latentToMap(model, shape, top, false),
    { type: 'batchNorm', name: 'bn0' },
    relu('relu0'),
  ];
  for (let level = 1; level < levels; level++) {
    const filters = top / 2 ** level;
    generator.push(
      { type: 'conv2dTranspose', name: `convt${level}`, filters, bias: false, ...convolution },
      { type: 'batchNorm', name: `bn${level}` },
      relu(`relu${level}`),
    );
  }
  generator.push(
    { type: 'conv2dTranspose', name: `convt${levels}`, filters: channels, bias: true, ...convolution },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
  );

  const discriminator = packIf(model.pack);
  for (let level = 0; level < levels; level++) {
    const normalised = level > 0 && model.discriminatorBatchNorm;
    const filters = model.width * 2 ** level;
    discriminator.push(
      { type: 'conv2d', name: `conv${level}`, filters, bias: !normalised, ...convolution },
      ...batchNormIf(normalised, `bn${level}`),
      leakyRelu(`leakyRelu${level}`),
    );
  }
  discriminator.push(...mapToScore(model, shape, top));
  return {
    generator: { input: [model.latent], layers: generator, initializer },
    discriminator: { input: example, layers: discriminator, initializer },
  };
}
