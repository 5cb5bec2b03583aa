/**
 * Activations, element by element. An output counts as saturated where the derivative's magnitude is below 5 % of its
 * largest value: for tanh beyond ±0.975, for relu where it is 0, for leakyRelu with the usual slope of 0.2 never.
 */
import type { ActivationKind } from '@gantry/shared';
import { timesSlope } from '../kernels/leaky-relu.ts';
import * as tf from '../tf.ts';
import { noSecondDerivatives, type Layer } from './layer.ts';

const saturatedBelow = 0.05;

/**
 * @param derivatives - [batch, ...]
 * @param steepest - largest value that they can have
 * @returns the sum over examples of the share of theirs that are saturated; a scalar
 */
function saturatedShare(derivatives: tf.Tensor, steepest: number): tf.Tensor {
  const small = tf.step(tf.sub(saturatedBelow * steepest, tf.abs(derivatives)));
  return tf.mul(tf.sum(small), derivatives.shape[0] / derivatives.size);
}

/** max(x, slope·x); its derivative is 1 or `slope` by the sign of x, which is also the sign of the output. */
function piecewiseLinear(slope: number): Layer {
  const scale = (by: tf.Tensor, output: tf.Tensor): tf.Tensor => timesSlope(by, output, slope);
  return {
    forward: (input) => {
      const output = slope === 0 ? tf.relu(input) : tf.leakyRelu(input, slope);
      return { output, saved: [output] };
    },
    backward: (dOutput, [output]) => ({ input: scale(dOutput, output), parameters: [] }),
    tangent: (direction, [output]) => scale(direction, output),
    tangentBackward: noSecondDerivatives,
    saturated: ([output]) => saturatedShare(tf.step(output, slope), 1),
  };
}

type OfElement = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

/** A function with a derivative everywhere: y of x, and its first two derivatives by x. */
interface Smooth {
  readonly output: (x: tf.Tensor) => tf.Tensor;
  readonly first: OfElement;
  readonly second: OfElement;
  /** Largest value of the first. */
  readonly steepest: number;
}

const smooth = ({ output, first, second, steepest }: Smooth): Layer => ({
  forward: (input) => {
    const y = output(input);
    return { output: y, saved: [input, y] };
  },
  backward: (dOutput, [x, y]) => ({ input: tf.mul(dOutput, first(x, y)), parameters: [] }),
  tangent: (direction, [x, y]) => tf.mul(direction, first(x, y)),
  tangentBackward: (dOutput, direction, [x, y], _pass, wanted) => ({
    input: wanted.input ? tf.mul(tf.mul(dOutput, direction), second(x, y)) : null,
    parameters: [],
  }),
  saturated: ([x, y]) => saturatedShare(first(x, y), steepest),
});

/** 1 − y */
const rest = (y: tf.Tensor): tf.Tensor => tf.sub(1, y);
/** σ′ by σ: σ·(1 − σ) */
const sigmoidSlope = (s: tf.Tensor): tf.Tensor => tf.mul(s, rest(s));
/** 1 − 2σ */
const sigmoidBend = (s: tf.Tensor): tf.Tensor => tf.sub(1, tf.mul(s, 2));
const tanhSlope = (y: tf.Tensor): tf.Tensor => rest(tf.square(y));
/** e^x for negative x, else 1: nothing overflows. */
const expOfNegative = (x: tf.Tensor): tf.Tensor => tf.exp(tf.minimum(x, 0));

const tanh: Smooth = {
  output: tf.tanh,
  first: (_x, y) => tanhSlope(y),
  second: (_x, y) => tf.mul(tf.mul(y, -2), tanhSlope(y)),
  steepest: 1,
};
const sigmoid: Smooth = {
  output: tf.sigmoid,
  first: (_x, y) => sigmoidSlope(y),
  second: (_x, y) => tf.mul(sigmoidSlope(y), sigmoidBend(y)),
  steepest: 0.25,
};
/** x, and e^x − 1 where x is negative (D.-A. Clevert, T. Unterthiner, S. Hochreiter, 2016). */
const elu: Smooth = {
  output: tf.elu,
  first: (x) => expOfNegative(x),
  // 0 for positive x
  second: (x) => tf.mul(expOfNegative(x), tf.step(tf.neg(x))),
  steepest: 1,
};
/** log(1 + e^x) */
const softplus: Smooth = {
  output: tf.softplus,
  first: (x) => tf.sigmoid(x),
  second: (x) => sigmoidSlope(tf.sigmoid(x)),
  steepest: 1,
};
/** x·σ(x) (P. Ramachandran, B. Zoph, Q. V. Le, "Searching for activation functions", 2017). */
const swish: Smooth = {
  output: (x) => tf.mul(x, tf.sigmoid(x)),
  // σ + y·(1 − σ)
  first: (x, y) => {
    const s = tf.sigmoid(x);
    return tf.add(s, tf.mul(y, rest(s)));
  },
  // σ·(1 − σ)·(2 + x·(1 − 2σ))
  second: (x) => {
    const s = tf.sigmoid(x);
    return tf.mul(sigmoidSlope(s), tf.add(tf.mul(x, sigmoidBend(s)), 2));
  },
  // at x = 2.3994
  steepest: 1.0998,
};

/** @param slope - leakyRelu's, for negative inputs; above 0 */
export function activation(kind: ActivationKind, slope = 0.2): Layer {
  switch (kind) {
    case 'relu':
      return piecewiseLinear(0);
    case 'leakyRelu':
      return piecewiseLinear(slope);
    case 'tanh':
      return smooth(tanh);
    case 'sigmoid':
      return smooth(sigmoid);
    case 'elu':
      return smooth(elu);
    case 'softplus':
      return smooth(softplus);
    case 'swish':
      return smooth(swish);
  }
}
