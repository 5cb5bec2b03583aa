/**
 * Residual networks (K. He et al., "Deep residual learning", 2016, with activations before convolutions as in their
 * "Identity mappings", 2016): blocks that halve or double the side have a projected shortcut, the block at the smallest
 * map an identity. The layout of T. Miyato et al., "Spectral normalization for GANs", 2018, without that.
 */
import type { LayerSpec, ModelSpec, SimpleLayerSpec } from '../spec.ts';
import { imageShape, latentToMap, mapToScore, type ImageModel } from './images.ts';
import { leakyRelu, packIf, relu } from './parts.ts';

type Residual = Extract<ImageModel, { architecture: 'residual' }>;

interface Block {
  readonly name: string;
  readonly filters: number;
  readonly batchNorm: boolean;
  readonly activation: typeof relu;
  /** In front of the first convolution, and of the shortcut's; or behind them. */
  readonly resize: 'double' | 'halve' | 'keep';
  /** False where batch norm follows the block. */
  readonly bias?: boolean;
}

function block({ name, filters, batchNorm, activation, resize, bias = true }: Block): LayerSpec {
  const norm = (layer: string): SimpleLayerSpec[] => (batchNorm ? [{ type: 'batchNorm', name: layer }] : []);
  const conv = (layer: string, kernel: number, withBias: boolean): SimpleLayerSpec => ({
    type: 'conv2d',
    name: layer,
    filters,
    kernel,
    stride: 1,
    bias: withBias,
  });
  const before: SimpleLayerSpec[] =
    resize === 'double' ? [{ type: 'upsampling', name: 'double', factor: 2 }] : [];
  const after: SimpleLayerSpec[] =
    resize === 'halve' ? [{ type: 'averagePooling', name: 'halve', size: 2, stride: 2 }] : [];
  const renamed = (layers: readonly SimpleLayerSpec[]): SimpleLayerSpec[] =>
    layers.map((layer) => ({ ...layer, name: `${layer.name}Shortcut` }));
  return {
    type: 'residual',
    name,
    body: [
      ...norm('bn0'),
      activation('relu0'),
      ...before,
      conv('conv0', 3, !batchNorm),
      ...norm('bn1'),
      activation('relu1'),
      conv('conv1', 3, bias),
      ...after,
    ],
    // The bias of the body's last convolution serves both.
    shortcut: resize === 'keep' ? [] : [...renamed(before), conv('shortcut', 1, false), ...renamed(after)],
  };
}

export function residual(model: Residual, example: readonly number[]): ModelSpec {
  const shape = imageShape('residual', example);
  const { channels, levels } = shape;
  const { width, discriminatorBatchNorm } = model;
  const top = width * 2 ** (levels - 1);
  const up = { batchNorm: true, activation: relu };
  const down = { batchNorm: discriminatorBatchNorm, activation: leakyRelu };
  const initializer = { kind: 'fan-in-normal', gain: 1 } as const;

  const generator: LayerSpec[] = [
    // Its bias stands before the batch norm of the first block, and before its shortcut: there it is not lost.
    ...latentToMap(model, shape, top, true),
    block({ name: 'block0', filters: top, resize: 'keep', ...up }),
  ];
  for (let level = 1; level <= levels; level++) {
    const bias = level < levels;
    generator.push(
      block({ name: `block${level}`, filters: top / 2 ** (level - 1), resize: 'double', bias, ...up }),
    );
  }
  generator.push(
    { type: 'batchNorm', name: 'bn' },
    relu('relu'),
    { type: 'conv2d', name: 'conv', filters: channels, kernel: 3, stride: 1, bias: true },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
  );

  const discriminator: LayerSpec[] = [
    ...packIf(model.pack),
    { type: 'conv2d', name: 'conv', filters: width, kernel: 3, stride: 1, bias: true },
  ];
  for (let level = 1; level <= levels; level++) {
    discriminator.push(
      block({ name: `block${level}`, filters: width * 2 ** (level - 1), resize: 'halve', ...down }),
    );
  }
  discriminator.push(
    block({ name: `block${levels + 1}`, filters: top, resize: 'keep', ...down }),
    leakyRelu('leakyRelu'),
    ...mapToScore(model, shape, top),
  );
  return {
    generator: { input: [model.latent], layers: generator, initializer },
    discriminator: { input: example, layers: discriminator, initializer },
  };
}
