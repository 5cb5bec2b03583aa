/** The architectures a configuration can name, as functions from its fields and the data's shape to specs. */
import { gantryError } from '../errors.ts';
import type { RunConfig } from '../config.ts';
import { checkModel } from './check.ts';
import { freeze } from './freeze.ts';
import { planNetwork, type NetworkPlan } from './plan.ts';
import type { LayerSpec, NetworkSpec } from './spec.ts';

export interface ModelSpec {
  readonly generator: NetworkSpec;
  readonly discriminator: NetworkSpec;
}
export interface ModelPlan {
  readonly generator: NetworkPlan;
  readonly discriminator: NetworkPlan;
}

type Mlp = Extract<RunConfig['model'], { architecture: 'mlp' }>;
type Dcgan = Extract<RunConfig['model'], { architecture: 'dcgan' }>;

/** Shape of one example of the configured data: [2] for points, else [height, width, channels]. */
export function exampleShape(data: RunConfig['data']): readonly number[] {
  switch (data.source) {
    case 'ring':
    case 'grid':
      return [2];
    case 'digits':
      return [28, 28, 1];
    case 'idx':
    case 'images':
      return [data.height, data.width, data.channels];
  }
}

/** Classes of the configured data's labels; 0 without labels. */
export function classesOf(data: RunConfig['data']): number {
  switch (data.source) {
    case 'ring':
    case 'grid':
      return 0;
    case 'digits':
      return 10;
    case 'idx':
    case 'images':
      return data.classes;
  }
}

/** Both networks as the configuration says, layers frozen by `freeze` included. */
export function modelSpec(config: Pick<RunConfig, 'model' | 'data' | 'freeze'>): ModelSpec {
  return freeze(architecture(config), config.freeze);
}

function architecture({ model, data }: Pick<RunConfig, 'model' | 'data'>): ModelSpec {
  const shape = exampleShape(data);
  switch (model.architecture) {
    case 'mlp':
      return mlp(model, shape);
    case 'dcgan':
      return dcgan(model, shape);
    case 'residual':
    case 'inception':
    case 'deep':
      throw gantryError('INTERNAL', `architecture ${model.architecture} is not there yet`);
    case 'custom':
      return { generator: model.generator, discriminator: model.discriminator };
  }
}

/** @throws MODEL_SHAPE, CONFIG_FIELD_INVALID where the configuration's parts do not go together */
export function planModel(
  config: Pick<RunConfig, 'model' | 'data' | 'batch' | 'batchNorm' | 'loss' | 'freeze'>,
): ModelPlan {
  const spec = modelSpec(config);
  const context = { classes: classesOf(config.data), microbatch: config.batch.microbatch };
  const model = {
    generator: planNetwork(spec.generator, { ...context, role: 'generator' }),
    discriminator: planNetwork(spec.discriminator, { ...context, role: 'discriminator' }),
  };
  checkModel(config, model);
  return model;
}

/** Hidden relu layers, the same in both networks. */
function mlp(model: Mlp, example: readonly number[]): ModelSpec {
  if (example.length !== 1) {
    throw gantryError(
      'MODEL_SHAPE',
      'generator',
      example,
      'architecture "mlp" makes points; images need "dcgan"',
    );
  }
  const network = (input: number, output: number): NetworkSpec => {
    const layers: LayerSpec[] = [];
    for (let i = 0; i < model.depth; i++) {
      layers.push(
        { type: 'dense', name: `dense${i}`, units: model.width, bias: true },
        { type: 'activation', name: `relu${i}`, kind: 'relu' },
      );
    }
    layers.push({ type: 'dense', name: `dense${model.depth}`, units: output, bias: true });
    return { input: [input], layers, initializer: { kind: 'fan-in-uniform' } };
  };
  return { generator: network(model.latent, example[0]), discriminator: network(example[0], 1) };
}

/** Halvings from the image to the smallest feature map, which keeps a side of 4 or more. */
function halvings(height: number, width: number): number {
  let count = 0;
  while (height % 2 === 0 && width % 2 === 0 && height >= 8 && width >= 8) {
    height /= 2;
    width /= 2;
    count += 1;
  }
  return count;
}

/**
 * DCGAN (A. Radford, L. Metz, S. Chintala, "Unsupervised representation learning with deep convolutional
 * generative adversarial networks", ICLR 2016): 4x4 convolutions of stride 2 down to a small map and back up,
 * width doubling as the side halves; batch norm everywhere but at the discriminator's input and the
 * generator's output; no bias directly before a batch norm.
 */
function dcgan(model: Dcgan, example: readonly number[]): ModelSpec {
  if (example.length !== 3) {
    throw gantryError(
      'MODEL_SHAPE',
      'generator',
      example,
      'architecture "dcgan" makes images; points need "mlp"',
    );
  }
  const [height, width, channels] = example;
  const levels = halvings(height, width);
  if (levels === 0) {
    throw gantryError(
      'MODEL_SHAPE',
      'discriminator/conv0',
      example,
      'both sides must be even and at least 8 pixels',
    );
  }
  const top = model.width * 2 ** (levels - 1);
  const map = [height / 2 ** levels, width / 2 ** levels, top] as const;
  const convolution = { kernel: 4, stride: 2 } as const;
  const initializer = { kind: 'normal', mean: 0, deviation: 0.02 } as const;

  const generator: LayerSpec[] = [
    { type: 'dense', name: 'dense', units: map[0] * map[1] * map[2], bias: false },
    { type: 'reshape', name: 'map', shape: map },
    { type: 'batchNorm', name: 'bn0' },
    { type: 'activation', name: 'relu0', kind: 'relu' },
  ];
  for (let level = 1; level < levels; level++) {
    generator.push(
      {
        type: 'conv2dTranspose',
        name: `convt${level}`,
        filters: top / 2 ** level,
        bias: false,
        ...convolution,
      },
      { type: 'batchNorm', name: `bn${level}` },
      { type: 'activation', name: `relu${level}`, kind: 'relu' },
    );
  }
  generator.push(
    { type: 'conv2dTranspose', name: `convt${levels}`, filters: channels, bias: true, ...convolution },
    { type: 'activation', name: 'tanh', kind: 'tanh' },
  );

  const discriminator: LayerSpec[] = [];
  for (let level = 0; level < levels; level++) {
    const normalised = level > 0 && model.discriminatorBatchNorm;
    discriminator.push({
      type: 'conv2d',
      name: `conv${level}`,
      filters: model.width * 2 ** level,
      bias: !normalised,
      ...convolution,
    });
    if (normalised) discriminator.push({ type: 'batchNorm', name: `bn${level}` });
    discriminator.push({ type: 'activation', name: `leakyRelu${level}`, kind: 'leakyRelu', slope: 0.2 });
  }
  discriminator.push(
    { type: 'reshape', name: 'flatten', shape: [map[0] * map[1] * map[2]] },
    { type: 'dense', name: 'dense', units: 1, bias: true },
  );
  return {
    generator: { input: [model.latent], layers: generator, initializer },
    discriminator: { input: example, layers: discriminator, initializer },
  };
}
