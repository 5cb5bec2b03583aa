/** From a planned layer to its functions. */
import { gantryError, type LayerPlan, type SimpleLayerSpec } from '@gantry/shared';
import { activation } from './activation.ts';
import { batchNorm } from './batch-norm.ts';
import { conv2d, conv2dTranspose } from './convolution.ts';
import { dense } from './dense.ts';
import type { Layer, MergeLayer } from './layer.ts';
import { reshape } from './reshape.ts';

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
    case 'reshape':
      return reshape(input, output);
    default:
      throw gantryError('INTERNAL', `layer ${spec.type} (node ${index}) is not there yet`);
  }
}

export function buildMerge(
  type: 'add' | 'concat',
  plan: Pick<LayerPlan, 'inputShapes' | 'name'>,
): MergeLayer {
  throw gantryError('INTERNAL', `merging by ${type} in ${plan.name} is not there yet`);
}
