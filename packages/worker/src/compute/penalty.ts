/**
 * Gradient penalties: the R1 term (γ/2)·Σ ‖∇D(x)‖² over real examples x (L. Mescheder, A. Geiger, S. Nowozin,
 * "Which training methods for GANs do actually converge?", ICML 2018).
 *
 * Its gradient needs no second-order differentiation. For one example, ∂/∂θ ½‖g(θ)‖² with g = ∇D(x) is the gradient
 * of v·g by θ at the constant v = g, and v·∇D(x) is the derivative of D along v: a pass *forward* of the direction
 * v through the linearised network. Where every layer is piecewise linear, that pass is a product of the layers'
 * matrices, whose cotangents are the ones the pass that made g has had already. So: forward, backward to g, the
 * direction forward, and one product a layer.
 */
import { gantryError } from '@gantry/shared';
import type { Pass } from './layers/layer.ts';
import { forward, type Gradients, type Network } from './network.ts';
import * as tf from './tf.ts';

export interface Penalty {
  /** Σ over examples of (γ/2)·‖∇D(x)‖²; a scalar. */
  readonly value: tf.Tensor;
  /** By parameter; biases have none. */
  readonly parameters: Gradients;
}

/**
 * @param real - [batch, ...example shape]
 * @throws INTERNAL for a network with a layer whose second derivative is not zero
 */
export function r1Penalty(network: Network, real: tf.Tensor, pass: Pass, gamma: number): Penalty {
  const { output, saved } = forward(network, real, { ...pass, groups: 1 });
  const cotangents: tf.Tensor[] = [];
  let gradient = tf.onesLike(output);
  for (let i = network.length - 1; i >= 0; i--) {
    cotangents[i] = gradient;
    const { input } = network[i].backward(gradient, saved[i], pass, { input: true, parameters: false });
    if (input === null) throw gantryError('INTERNAL', 'a layer gave no gradient by its input');
    gradient = input;
  }
  const value = tf.mul(tf.sum(tf.square(gradient)), gamma / 2);

  const parameters: Gradients = {};
  let direction: tf.Tensor = tf.mul(gradient, gamma);
  network.forEach((layer, i) => {
    if (layer.tangent === undefined) {
      throw gantryError('INTERNAL', 'a gradient penalty on a network that is not piecewise linear');
    }
    for (const [name, tensor] of layer.tangentParameters?.(cotangents[i], direction, pass) ?? []) {
      parameters[name] = tensor;
    }
    if (i < network.length - 1) direction = layer.tangent(direction, saved[i], pass);
  });
  return { value, parameters };
}
