/**
 * Many convolutions one after the other, without normalisation, from small initial weights: what made deep networks hard
 * to train, and, with shortcuts around each pair, what made them easy (K. He et al., "Deep residual learning", 2016). The
 * two differ in the shortcuts only: the parameters are the same, in the same order, with the same initial values.
 */
import type { LayerSpec, ModelSpec, SimpleLayerSpec } from '../spec.ts';
import { imageShape, latentToMap, mapToScore, type ImageModel } from './images.ts';
import { leakyRelu, packIf } from './parts.ts';

type Deep = Extract<ImageModel, { architecture: 'deep' }>;

/** `depth` 3x3 convolutions in pairs, all at the smallest size of the feature maps. */
function trunk({ depth, width, residual }: Deep): LayerSpec[] {
  return Array.from({ length: Math.ceil(depth / 2) }, (_, pair): LayerSpec[] => {
    const inside = Array.from({ length: Math.min(2, depth - 2 * pair) }, (__, i): SimpleLayerSpec[] => [
      leakyRelu(`leakyRelu${i}`),
      { type: 'conv2d', name: `conv${i}`, filters: width, kernel: 3, stride: 1, bias: true },
    ]).flat();
    const name = `block${pair}`;
    if (residual) return [{ type: 'residual', name, body: inside, shortcut: [] }];
    return inside.map((layer) => ({ ...layer, name: `${name}-${layer.name}` }));
  }).flat();
}

export function deep(model: Deep, example: readonly number[]): ModelSpec {
  const shape = imageShape('deep', example);
  const { channels, levels } = shape;
  const { width } = model;
  const initializer = { kind: 'normal', mean: 0, deviation: 0.02 } as const;

  const generator: LayerSpec[] = [...latentToMap(model, shape, width, true), ...trunk(model)];
  for (let level = 1; level <= levels; level++) {
    generator.push(leakyRelu(`leakyRelu${level}`), {
      type: 'conv2dTranspose',
      name: `convt${level}`,
      filters: level === levels ? channels : width,
      kernel: 4,
      stride: 2,
      bias: true,
    });
  }
  generator.push({ type: 'activation', name: 'tanh', kind: 'tanh' });

  const discriminator = packIf(model.pack);
  for (let level = 0; level < levels; level++) {
    if (level > 0) discriminator.push(leakyRelu(`leakyRelu${level}`));
    discriminator.push({
      type: 'conv2d',
      name: `conv${level}`,
      filters: width,
      kernel: 4,
      stride: 2,
      bias: true,
    });
  }
  discriminator.push(...trunk(model), leakyRelu('leakyRelu'), ...mapToScore(model, shape, width));
  return {
    generator: { input: [model.latent], layers: generator, initializer },
    discriminator: { input: example, layers: discriminator, initializer },
  };
}
