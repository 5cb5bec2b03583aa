/** What joins the branches of a block: their sum, or all of them side by side. Both are linear. */
import type { MergeSpec } from '@gantry/shared';
import * as tf from '../tf.ts';
import { noSecondDerivatives, type MergeLayer } from './layer.ts';

/** @param shapes - one example's shape in each branch */
export function merge(type: MergeSpec['type'], shapes: readonly (readonly number[])[]): MergeLayer {
  switch (type) {
    case 'add':
      return add(shapes.length);
    case 'concat':
      return concat(shapes.map((shape) => shape[shape.length - 1]));
  }
}

function add(branches: number): MergeLayer {
  const sum = (parts: readonly tf.Tensor[]): tf.Tensor => parts.reduce((total, part) => tf.add(total, part));
  return {
    forward: (inputs) => ({ output: sum(inputs), saved: [] }),
    backward: (dOutput) => ({ input: Array.from({ length: branches }, () => dOutput), parameters: [] }),
    tangent: sum,
    tangentBackward: noSecondDerivatives,
  };
}

/** @param channels - of each branch */
function concat(channels: readonly number[]): MergeLayer {
  const join = (parts: readonly tf.Tensor[]): tf.Tensor => tf.concat([...parts], -1);
  return {
    forward: (inputs) => ({ output: join(inputs), saved: [] }),
    backward: (dOutput) => {
      let first = 0;
      const input = channels.map((count) => {
        const part = channelSlice(dOutput, first, count);
        first += count;
        return part;
      });
      return { input, parameters: [] };
    },
    tangent: join,
    tangentBackward: noSecondDerivatives,
  };
}

/** Channels `first … first + count − 1` of [..., channels]. */
export function channelSlice(x: tf.Tensor, first: number, count: number): tf.Tensor {
  const leading = x.shape.slice(0, -1);
  return tf.slice(x, [...leading.map(() => 0), first], [...leading, count]);
}
