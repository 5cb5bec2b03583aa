/**
 * Gradient penalties: terms of the norm of g = ∇D(x), by example.
 *
 * - R1, (γ/2)·‖g‖² at real examples, and R2, the same at generated ones (L. Mescheder, A. Geiger, S. Nowozin, "Which
 *   training methods for GANs do actually converge?", ICML 2018);
 * - λ·(‖g‖ − 1)² between real and generated examples (I. Gulrajani et al., "Improved training of Wasserstein GANs",
 *   NIPS 2017).
 *
 * For the gradient by the parameters θ, take v = ∂penalty/∂g as a constant: it is ∇θ of v·∇D(x), and v·∇D(x) is the
 * derivative of D along v, which a *tangent* pass forward gives (B. A. Pearlmutter, "Fast exact multiplication by the
 * Hessian", 1994). So: forward; backward to g; the tangent forward; and backward through both. The cotangents of the
 * tangents are those of the pass that made g. Where a network is linear piece by piece, nothing flows back through the
 * values themselves, and the last pass is one product a layer.
 */
import { gantryError } from '@gantry/shared';
import {
  backward,
  Cotangents,
  through,
  wantedAt,
  type Gradients,
  type Network,
  type Trace,
} from './network.ts';
import { scoped } from './scoped.ts';
import * as tf from './tf.ts';

export interface Penalty {
  /** Σ over examples; a scalar. */
  readonly value: tf.Tensor;
  /** By parameter that trains; those without a path have none. */
  readonly parameters: Gradients;
}

/** A term of g = ∇D(x), [batch, ...]: its sum over examples, and its derivative by g. */
export type PenaltyTerm = (gradient: tf.Tensor) => { readonly value: tf.Tensor; readonly slope: tf.Tensor };

/** (γ/2)·‖g‖² */
export const squaredNorm =
  (gamma: number): PenaltyTerm =>
  (gradient) => ({
    value: tf.mul(tf.sum(tf.square(gradient)), gamma / 2),
    slope: tf.mul(gradient, gamma),
  });

/** Keeps the norm's derivative finite at 0. */
const tiny = 1e-12;

/** λ·(‖g‖ − 1)² of each of `count` equal parts of the batch: an example, or a pack of them. */
export const unitNorm =
  (lambda: number, count: number): PenaltyTerm =>
  (gradient) => {
    const rows = tf.reshape(gradient, [count, -1]);
    const norm = tf.sqrt(tf.add(tf.sum(tf.square(rows), 1, true), tiny));
    const excess = tf.sub(norm, 1);
    const slope = tf.mul(rows, tf.div(tf.mul(excess, 2 * lambda), norm));
    return {
      value: tf.mul(tf.sum(tf.square(excess)), lambda),
      slope: tf.reshape(slope, gradient.shape),
    };
  };

/**
 * @param trace - of the pass forward through these examples; moments made in it are their own, and move nothing
 */
export function gradientPenalty(network: Network, trace: Trace, term: PenaltyTerm): Penalty {
  const { output, saved, pass } = trace;
  const first = through(backward(network, trace, tf.onesLike(output), { input: true, parameters: false }));
  if (first.input === null) throw gantryError('INTERNAL', 'the discriminator gave no gradient by its input');
  const { value, slope } = term(first.input);

  const tangents: tf.Tensor[] = [];
  const read = (index: number): tf.Tensor => (index < 0 ? slope : tangents[index]);
  network.forEach((node, i) => {
    const { inputs } = node;
    tangents.push(
      tf.tidy(() =>
        node.kind === 'merge'
          ? node.layer.tangent(inputs.map(read), saved[i], pass)
          : node.layer.tangent(read(inputs[0]), saved[i], pass),
      ),
    );
  });

  const sums = new Cotangents(network, null);
  for (let i = network.length - 1; i >= 0; i--) {
    const node = network[i];
    const wanted = wantedAt(node, { input: false, parameters: true });
    if (!wanted.input && !wanted.parameters) continue;
    const dTangent = first.cotangents[i];
    const dValue = sums.at(i);
    if (node.kind === 'merge') {
      // It adds or joins: the tangent does not depend on the values.
      if (dValue !== null) {
        const { input, parameters } = scoped(() => node.layer.backward(dValue, saved[i], pass, wanted));
        sums.addAll(node, input, parameters);
      }
      continue;
    }
    const { layer } = node;
    const direction = read(node.inputs[0]);
    if (dTangent !== null) {
      const { input, parameters } = scoped(() =>
        layer.tangentBackward(dTangent, direction, saved[i], pass, wanted),
      );
      sums.add(node, input, parameters);
    }
    if (dValue !== null) {
      const { input, parameters } = scoped(() => layer.backward(dValue, saved[i], pass, wanted));
      sums.add(node, input, parameters);
    }
  }
  return { value, parameters: sums.parameters };
}
