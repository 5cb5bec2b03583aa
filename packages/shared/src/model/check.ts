/** Whether the parts of a configuration go together with the networks it makes. */
import type { RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import type { ModelPlan } from './plan.ts';
import { exampleShape } from './data.ts';
import { volume } from './spec.ts';

/** @throws CONFIG_FIELD_INVALID, MODEL_SHAPE */
export function checkModel(
  config: Pick<RunConfig, 'model' | 'data' | 'batchNorm' | 'loss'>,
  model: ModelPlan,
): void {
  checkPenalties(config, model);
  const example = exampleShape(config.data);
  const same = (a: readonly number[], b: readonly number[]): boolean =>
    a.length === b.length && a.every((side, i) => side === b[i]);
  const { generator, discriminator } = model;
  const meets = (
    place: string,
    found: readonly number[],
    expected: readonly number[],
    what: string,
  ): void => {
    if (same(found, expected)) return;
    throw gantryError('MODEL_SHAPE', place, found, `${what} [${expected.join(', ')}]`);
  };
  const lastOf = (network: 'generator' | 'discriminator'): string =>
    `${network}/${model[network].layers[model[network].layers.length - 1].name}`;
  meets('generator', generator.input, [config.model.latent], 'latent vectors have shape');
  meets(lastOf('generator'), generator.output, example, 'its output has to be an example of the data,');
  meets('discriminator', discriminator.input, example, 'examples of the data have shape');
  if (volume(discriminator.output) !== 1) {
    meets(lastOf('discriminator'), discriminator.output, [1], 'its output has to be a score,');
  }
  for (const network of ['generator', 'discriminator'] as const) {
    if (model[network].trainableCount > 0) continue;
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      'freeze',
      network,
      `nothing of the ${network} is left to train`,
    );
  }
}

/** A penalty's second derivative would have to go through the exchange of statistics. */
function checkPenalties({ loss, batchNorm }: Pick<RunConfig, 'loss' | 'batchNorm'>, model: ModelPlan): void {
  if (batchNorm.statistics !== 'global') return;
  const normalised = model.discriminator.batchNorms.find(({ trainable }) => trainable);
  if (normalised === undefined) return;
  for (const penalty of ['r1', 'r2', 'gradientPenalty'] as const) {
    if (loss[penalty] === 0) continue;
    throw gantryError(
      'CONFIG_FIELD_INVALID',
      `loss.${penalty}`,
      loss[penalty],
      `with batchNorm.statistics "global" there is no second derivative through discriminator/${normalised.name}, whose statistics are exchanged between workers; set batchNorm.statistics=microbatch, or take batch norm out of the discriminator`,
    );
  }
}
