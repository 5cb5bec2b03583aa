/** A network as the list of its nodes, and the passes through the list. */
import type { BatchNormEntry, LayerPlan, NetworkPlan } from '@gantry/shared';
import { gantryError } from '@gantry/shared';
import { buildLayer, buildMerge } from './layers/build.ts';
import type { Layer, LayerMoments, MergeLayer, Pass, Wanted } from './layers/layer.ts';
import { scoped } from './scoped.ts';
import * as tf from './tf.ts';

export type Node = Pick<LayerPlan, 'inputs' | 'trainable' | 'passesBack' | 'name'> &
  (
    | { readonly kind: 'layer'; readonly layer: Layer; readonly batchNorm: BatchNormEntry | null }
    | { readonly kind: 'merge'; readonly layer: MergeLayer }
  );
export type Network = readonly Node[];

/** @param epsilon - of normalising layers */
export function buildNetwork(plan: NetworkPlan, epsilon: number): Network {
  return plan.layers.map((layer, index): Node => {
    const { inputs, trainable, passesBack, name, spec } = layer;
    const common = { inputs, trainable, passesBack, name };
    if (spec.type === 'add' || spec.type === 'concat') {
      return { ...common, kind: 'merge', layer: buildMerge(spec.type, layer) };
    }
    const built = buildLayer(spec, layer, index, epsilon);
    return { ...common, kind: 'layer', layer: built, batchNorm: layer.batchNorm ?? null };
  });
}

/**
 * A pass that stops at each batch-norm layer where statistics are exchanged: it yields its own, [groups, 2, channels],
 * and goes on with the merged ones. Where nothing is exchanged it runs through.
 */
export type Walk<R> = Generator<tf.Tensor, R, tf.Tensor>;

/** Runs a walk through that exchanges nothing. @throws INTERNAL where it wants to */
export function through<R>(walk: Walk<R>): R {
  const step = walk.next();
  if (step.done === true) return step.value;
  throw gantryError('INTERNAL', 'a pass that exchanges nothing wanted to');
}

/** What one pass forward leaves behind. */
export interface Trace {
  readonly pass: Pass;
  readonly output: tf.Tensor;
  /** Node by node. */
  readonly saved: readonly (readonly tf.Tensor[])[];
  /** Of each batch-norm layer that trains, in order; empty in evaluation. */
  readonly moments: readonly LayerMoments[];
}

/** Whether statistics of this node are exchanged in such a pass. */
const isCut = (node: Node, pass: Pass): boolean =>
  pass.pooled !== null && pass.training && node.kind === 'layer' && node.batchNorm?.trainable === true;

/** @param input - [batch, ...input shape of the network] */
export function* forward(network: Network, input: tf.Tensor, pass: Pass): Walk<Trace> {
  const outputs: tf.Tensor[] = [];
  const saved: (readonly tf.Tensor[])[] = [];
  const moments: LayerMoments[] = [];
  const read = (index: number): tf.Tensor => (index < 0 ? input : outputs[index]);
  for (const node of network) {
    let result;
    if (node.kind === 'merge') {
      const inputs = node.inputs.map(read);
      result = scoped(() => node.layer.forward(inputs, pass));
    } else {
      const x = read(node.inputs[0]);
      const { layer } = node;
      const { cut } = layer;
      if (cut && isCut(node, pass)) {
        const own = tf.tidy(() => cut.moments(x, pass));
        const merged = yield own;
        result = scoped(() => cut.forward(x, merged, own, pass));
      } else {
        result = scoped(() => layer.forward(x, pass));
      }
    }
    outputs.push(result.output);
    saved.push(result.saved);
    if (result.moments) moments.push(result.moments);
  }
  return { pass, output: outputs[outputs.length - 1], saved, moments };
}

/** Whether two passes of the same examples give different numbers. */
export const draws = (network: Network): boolean =>
  network.some((node) => node.kind === 'layer' && node.layer.draws === true);

/**
 * One of a pass's groups as if it had passed alone. Nothing crosses groups, so the numbers are the same, to the bit.
 *
 * @param labels - of its examples
 */
export function groupOf({ pass, output, saved }: Trace, group: number, labels: tf.Tensor | null): Trace {
  const part = (tensor: tf.Tensor): tf.Tensor => {
    const rows = tensor.shape[0] / pass.groups;
    return rowsOf(tensor, group * rows, rows);
  };
  return {
    pass: { ...pass, groups: 1, labels, pooled: null },
    output: part(output),
    saved: saved.map((tensors) => tensors.map(part)),
    moments: [],
  };
}

/** Rows `first … first + count − 1` of [rows, ...]. */
export const rowsOf = (x: tf.Tensor, first: number, count: number): tf.Tensor => {
  const inner = x.shape.slice(1);
  // Not by the operation, which costs more than the copy.
  return tf
    .engine()
    .runKernel('Slice', { x }, { begin: [first, ...inner.map(() => 0)], size: [count, ...inner] });
};

/** By the plan's names. A plain object, since TensorFlow.js's `tidy` finds no tensors inside a Map. */
export type Gradients = Partial<Record<string, tf.Tensor>>;

export interface Backward {
  /** By the network's input; null where it was not wanted. */
  readonly input: tf.Tensor | null;
  readonly parameters: Gradients;
  /** Derivative by each node's output, where the pass came there. */
  readonly cotangents: readonly (tf.Tensor | null)[];
}

/**
 * Derivatives of Σ output·dOutput. With `wanted.input` false, the pass goes back only as far as something trains.
 */
export function* backward(
  network: Network,
  { saved, pass }: Pick<Trace, 'saved' | 'pass'>,
  dOutput: tf.Tensor,
  wanted: Wanted,
): Walk<Backward> {
  const sums = new Cotangents(network, dOutput);
  for (let i = network.length - 1; i >= 0; i--) {
    const node = network[i];
    const dy = sums.at(i);
    const here = wantedAt(node, wanted);
    if (dy === null || !(here.input || here.parameters)) continue;
    if (node.kind === 'layer' && node.layer.cut && isCut(node, pass)) {
      const { cut } = node.layer;
      const own = tf.tidy(() => cut.sums(dy, saved[i], pass));
      const merged = here.input ? yield own : null;
      const found = scoped(() => cut.backward(dy, saved[i], merged, own, pass, here));
      sums.add(node, found.input, found.parameters);
    } else if (node.kind === 'merge') {
      const { input, parameters } = scoped(() => node.layer.backward(dy, saved[i], pass, here));
      sums.addAll(node, input, parameters);
    } else {
      const { input, parameters } = scoped(() => node.layer.backward(dy, saved[i], pass, here));
      sums.add(node, input, parameters);
    }
  }
  return { input: sums.input, parameters: sums.parameters, cotangents: sums.all };
}

export const wantedAt = (node: Node, wanted: Wanted): Wanted => ({
  input: wanted.input || (wanted.parameters && node.passesBack),
  parameters: wanted.parameters && node.trainable,
});

/** Derivatives as they gather at each node's output from all that read it. */
export class Cotangents {
  input: tf.Tensor | null = null;
  readonly parameters: Gradients = {};
  readonly all: (tf.Tensor | null)[];

  /** @param dOutput - by the network's output; null: zero */
  constructor(network: Network, dOutput: tf.Tensor | null) {
    this.all = network.map(() => null);
    if (dOutput !== null) this.all[network.length - 1] = dOutput;
  }

  at(node: number): tf.Tensor | null {
    return this.all[node];
  }

  add(node: Node, input: tf.Tensor | null, parameters: readonly (readonly [string, tf.Tensor])[]): void {
    this.addAll(node, input === null ? null : [input], parameters);
  }

  addAll(
    node: Node,
    inputs: readonly tf.Tensor[] | null,
    parameters: readonly (readonly [string, tf.Tensor])[],
  ): void {
    inputs?.forEach((part, i) => {
      const to = node.inputs[i];
      if (to < 0) this.input = plus(this.input, part);
      else this.all[to] = plus(this.all[to], part);
    });
    for (const [name, part] of parameters) this.parameters[name] = plus(this.parameters[name] ?? null, part);
  }
}

const plus = (sum: tf.Tensor | null, part: tf.Tensor): tf.Tensor => (sum === null ? part : tf.add(sum, part));
