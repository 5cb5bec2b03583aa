/** A network as the list of its layers, and the passes through the list. */
import type { LayerPlan, NetworkPlan } from '@gantry/shared';
import { gantryError } from '@gantry/shared';
import { activation } from './layers/activation.ts';
import { batchNorm } from './layers/batch-norm.ts';
import { conv2d, conv2dTranspose } from './layers/convolution.ts';
import { dense } from './layers/dense.ts';
import type { Layer, LayerMoments, Pass, Wanted } from './layers/layer.ts';
import { reshape } from './layers/reshape.ts';
import type * as tf from './tf.ts';

export type Network = readonly Layer[];

/** @param epsilon - of batch norm */
export function buildNetwork(plan: NetworkPlan, epsilon: number): Network {
  return plan.layers.map((layer) => buildLayer(layer, epsilon));
}

function buildLayer({ spec, input, output, batchNorm: entry }: LayerPlan, epsilon: number): Layer {
  switch (spec.type) {
    case 'dense':
      return dense(spec.name, spec.bias);
    case 'conv2d':
      return conv2d(spec.name, spec.stride, spec.bias);
    case 'conv2dTranspose':
      return conv2dTranspose(spec.name, output, spec.stride, spec.bias);
    case 'batchNorm':
      if (entry === undefined)
        throw gantryError('INTERNAL', `batch norm ${spec.name} was planned without a place`);
      return batchNorm(entry, epsilon);
    case 'activation':
      return activation(spec.kind, spec.slope);
    case 'reshape':
      return reshape(input, output);
  }
}

/** What one pass forward leaves behind. */
export interface Trace {
  readonly pass: Pass;
  readonly output: tf.Tensor;
  /** Layer by layer. */
  readonly saved: readonly (readonly tf.Tensor[])[];
  /** Of each batch-norm layer, in order; empty in evaluation. */
  readonly moments: readonly LayerMoments[];
}

/** @param input - [batch, ...input shape of the network] */
export function forward(network: Network, input: tf.Tensor, pass: Pass): Trace {
  const saved: (readonly tf.Tensor[])[] = [];
  const moments: LayerMoments[] = [];
  let output = input;
  for (const layer of network) {
    const result = layer.forward(output, pass);
    output = result.output;
    saved.push(result.saved);
    if (result.moments) moments.push(result.moments);
  }
  return { pass, output, saved, moments };
}

/** By the plan's names. A plain object, since TensorFlow.js's `tidy` finds no tensors inside a Map. */
export type Gradients = Partial<Record<string, tf.Tensor>>;

/** Derivatives of Σ output·dOutput. With `wanted.input` false, the pass ends at the first layer's parameters. */
export function backward(
  network: Network,
  trace: Trace,
  dOutput: tf.Tensor,
  wanted: Wanted,
): { readonly input: tf.Tensor | null; readonly parameters: Gradients } {
  const parameters: Gradients = {};
  let gradient: tf.Tensor | null = dOutput;
  for (let i = network.length - 1; i >= 0 && gradient !== null; i--) {
    const here: Wanted = { input: i > 0 || wanted.input, parameters: wanted.parameters };
    const result = network[i].backward(gradient, trace.saved[i], trace.pass, here);
    for (const [name, value] of result.parameters) parameters[name] = value;
    gradient = result.input;
  }
  return { input: gradient, parameters };
}
