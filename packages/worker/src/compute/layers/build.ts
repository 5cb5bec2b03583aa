/** From a planned layer to its functions. */
import { gantryError, type LayerPlan, type MergeSpec, type SimpleLayerSpec } from '@gantry/shared';
import { activation } from './activation.ts';
import { batchNorm } from './batch-norm.ts';
import { conv2d, conv2dTranspose } from './convolution.ts';
import { dense } from './dense.ts';
import { dropout } from './dropout.ts';
import { groupNorm } from './group-norm.ts';
import { labelEmbedding, projection } from './labels.ts';
import type { Layer, MergeLayer } from './layer.ts';
import { maxout } from './maxout.ts';
import { merge } from './merge.ts';
import { minibatchStdDev } from './minibatch-std-dev.ts';
import { normalization } from './normalization.ts';
import { pack } from './pack.ts';
import { reshape } from './reshape.ts';
import { averagePooling, upsampling } from './sampling.ts';

/**
 * @param index - of the layer in its network, for its random numbers
 * @param epsilon - of normalising layers
 */
export function buildLayer(
  spec: SimpleLayerSpec,
  plan: Pick<LayerPlan, 'name' | 'inputShapes' | 'output' | 'batchNorm'>,
  index: number,
  epsilon: number,
): Layer {
  const { name, output } = plan;
  const [input] = plan.inputShapes;
  switch (spec.type) {
    case 'dense':
      return dense(name, spec.bias);
    case 'conv2d':
      return conv2d(name, spec.stride, spec.bias);
    case 'conv2dTranspose':
      return conv2dTranspose(name, output, spec.stride, spec.bias);
    case 'batchNorm':
      if (plan.batchNorm === undefined) throw gantryError('INTERNAL', `${name} was planned without a place`);
      return batchNorm(plan.batchNorm, epsilon);
    case 'activation':
      return activation(spec.kind, spec.slope);
    case 'maxout':
      return maxout(spec.pieces);
    case 'reshape':
      return reshape(input, output);
    case 'upsampling':
      return upsampling(spec.factor);
    case 'averagePooling':
      return averagePooling(spec.size, spec.stride);
    case 'layerNorm':
      return groupNorm(name, 1, epsilon);
    case 'groupNorm':
      return groupNorm(name, spec.groups, epsilon);
    case 'minibatchStdDev':
      return minibatchStdDev(spec.group);
    case 'dropout':
      return dropout(name, spec.rate, index);
    case 'normalization':
      return normalization(spec.mean, spec.deviation);
    case 'pack':
      return pack(spec.size, input);
    case 'labelEmbedding':
      return labelEmbedding(name, input[0]);
    case 'projection':
      return projection(name);
  }
}

export const buildMerge = (
  type: MergeSpec['type'],
  { inputShapes }: Pick<LayerPlan, 'inputShapes'>,
): MergeLayer => merge(type, inputShapes);
