/** The architectures a configuration can name, as functions from its fields and the data's shape to specs. */
import type { RunConfig } from '../../config.ts';
import { checkModel } from '../check.ts';
import { freeze } from '../freeze.ts';
import { planNetwork, type NetworkPlan } from '../plan.ts';
import type { NetworkSpec } from '../spec.ts';
import { dcgan } from './dcgan.ts';
import { deep } from './deep.ts';
import { inception } from './inception.ts';
import { mlp } from './mlp.ts';
import { withInputNormalization } from './normalization.ts';
import { residual } from './residual.ts';

export interface ModelSpec {
  readonly generator: NetworkSpec;
  readonly discriminator: NetworkSpec;
}
export interface ModelPlan {
  readonly generator: NetworkPlan;
  readonly discriminator: NetworkPlan;
}

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

/** Whether the generator is told which class to draw. */
export const isConditional = (model: RunConfig['model']): boolean =>
  model.architecture === 'custom'
    ? model.generator.layers.some(({ type }) => type === 'labelEmbedding')
    : 'conditional' in model && model.conditional;

/** Names of those classes; a number where a class has no other name. */
export function classNamesOf(data: RunConfig['data']): readonly string[] {
  const names = 'classNames' in data ? data.classNames : undefined;
  return Array.from({ length: classesOf(data) }, (_, label) => names?.[label] ?? String(label));
}

/** Both networks as the configuration says, layers frozen by `freeze` included. */
export function modelSpec(config: Pick<RunConfig, 'model' | 'data' | 'freeze'>): ModelSpec {
  return freeze(withInputNormalization(architecture(config), config), config.freeze);
}

function architecture({ model, data }: Pick<RunConfig, 'model' | 'data'>): ModelSpec {
  const shape = exampleShape(data);
  switch (model.architecture) {
    case 'mlp':
      return mlp(model, shape);
    case 'dcgan':
      return dcgan(model, shape);
    case 'residual':
      return residual(model, shape);
    case 'inception':
      return inception(model, shape);
    case 'deep':
      return deep(model, shape);
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
