/** The architectures a configuration can name, as functions from its fields and the data's shape to specs. */
import type { RunConfig } from '../../config.ts';
import { checkModel } from '../check.ts';
import { freeze } from '../freeze.ts';
import { classesOf, exampleShape } from '../data.ts';
import { planNetwork, type ModelPlan } from '../plan.ts';
import type { ModelSpec } from '../spec.ts';
import { dcgan } from './dcgan.ts';
import { deep } from './deep.ts';
import { inception } from './inception.ts';
import { mlp } from './mlp.ts';
import { withInputNormalization } from './normalization.ts';
import { residual } from './residual.ts';

/** Whether the generator is told which class to draw. */
export const isConditional = (model: RunConfig['model']): boolean =>
  model.architecture === 'custom'
    ? model.generator.layers.some(
        (layer) =>
          layer.type === 'labelEmbedding' ||
          (layer.type === 'inception' && layer.branches.flat().some(({ type }) => type === 'labelEmbedding')),
      )
    : 'conditional' in model && model.conditional;

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
