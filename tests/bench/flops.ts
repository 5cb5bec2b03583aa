/** Arithmetic of a step: floating-point operations in products, of which there are hardly others that count. */
import type { LayerPlan, ModelPlan, NetworkPlan } from '@gantry/shared';
import { volume } from '@gantry/shared';

/** Of one example forward through a layer. Each weight of a kernel is used once a position. */
function forward(
  { name, spec, inputShapes: [input], output }: LayerPlan,
  { parameters }: NetworkPlan,
): number {
  const kernel = parameters.find((parameter) => parameter.name === `${name}/kernel`)?.size ?? 0;
  // A transposed convolution uses its kernel at each position of its input.
  const positions = spec.type === 'conv2d' ? output : spec.type === 'conv2dTranspose' ? input : [1, 1, 1];
  return 2 * kernel * volume(positions.slice(0, 2));
}

/** A discriminator and a generator step, without penalties. @param examples - of a batch */
export function stepFlops({ generator, discriminator }: ModelPlan, examples: number): number {
  const all = (network: NetworkPlan): number =>
    network.layers.reduce((sum, layer) => sum + forward(layer, network), 0);
  // The first layer passes nothing back in its own network's step.
  const back = (network: NetworkPlan): number => 2 * all(network) - forward(network.layers[0], network);
  const g = all(generator);
  const d = all(discriminator);
  // Forward, then back to the parameters: the discriminator on real and fake examples; then the generator through it.
  return examples * (g + 2 * (d + back(discriminator)) + g + 2 * d + back(generator));
}
