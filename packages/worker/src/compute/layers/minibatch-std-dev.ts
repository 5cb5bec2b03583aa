/**
 * Minibatch standard deviation (T. Karras et al., "Progressive growing of GANs", ICLR 2018): how much examples vary, as
 * one more channel. For each group of m consecutive examples it is T = mean over features of s = √(Σ(x − μ)²/m + 1e-8),
 * the same number everywhere in the channel.
 */
import * as tf from '../tf.ts';
import type { Layer } from './layer.ts';
import { channelSlice } from './merge.ts';

const epsilon = 1e-8;

/** @param group - m; divides the microbatch */
export function minibatchStdDev(group: number): Layer {
  const toGroups = (x: tf.Tensor): tf.Tensor => tf.reshape(x, [x.shape[0] / group, group, -1]);
  const centred = (x: tf.Tensor): tf.Tensor => {
    const grouped = toGroups(x);
    return tf.sub(grouped, tf.mean(grouped, 1, true));
  };
  /** x beside a channel that holds its group's number. @param ofGroup - [batch / m, 1, 1] */
  const beside = (x: tf.Tensor, ofGroup: tf.Tensor): tf.Tensor => {
    const shape = [...x.shape.slice(0, -1), 1];
    const each = tf.tile(tf.reshape(ofGroup, [-1, 1]), [
      1,
      x.size / x.shape[x.shape.length - 1] / ofGroup.size,
    ]);
    return tf.concat([x, tf.reshape(each, shape)], -1);
  };
  /** Σ of the channel's derivatives over each group, a share for each feature; [batch / m, 1, 1] */
  const channelShare = (dOutput: tf.Tensor, features: number): tf.Tensor => {
    const channel = channelSlice(dOutput, channelsOf(dOutput) - 1, 1);
    return tf.div(tf.sum(toGroups(channel), [1, 2], true), features);
  };
  return {
    forward: (input) => {
      const deviation = centred(input);
      const s = tf.sqrt(tf.add(tf.mean(tf.square(deviation), 1, true), epsilon));
      return { output: beside(input, tf.mean(s, 2, true)), saved: [deviation, s] };
    },
    backward: (dOutput, [deviation, s], _pass, wanted) => {
      if (!wanted.input) return { input: null, parameters: [] };
      const through = channelSlice(dOutput, 0, channelsOf(dOutput) - 1);
      // ∂s/∂x = (x − μ)/(m·s)
      const ofFeature = tf.div(channelShare(dOutput, featuresOf(s)), tf.mul(s, group));
      return {
        input: tf.add(through, tf.reshape(tf.mul(deviation, ofFeature), through.shape)),
        parameters: [],
      };
    },
    tangent: (direction, [deviation, s]) => {
      const ofS = tf.div(tf.sum(tf.mul(deviation, toGroups(direction)), 1, true), tf.mul(s, group));
      return beside(direction, tf.mean(ofS, 2, true));
    },
    tangentBackward: (dOutput, direction, [deviation, s], _pass, wanted) => {
      if (!wanted.input) return { input: null, parameters: [] };
      // s along v is A/(m·s), A = Σ(x − μ)·v; its derivative is (v − mean v − A·(x − μ)/(m·s²))/(m·s).
      const v = centred(direction);
      const a = tf.sum(tf.mul(deviation, v), 1, true);
      const ms = tf.mul(s, group);
      const bend = tf.div(tf.mul(deviation, a), tf.mul(ms, s));
      const second = tf.div(tf.sub(v, bend), ms);
      return {
        input: tf.reshape(tf.mul(second, channelShare(dOutput, featuresOf(s))), direction.shape),
        parameters: [],
      };
    },
  };
}

const channelsOf = (x: tf.Tensor): number => x.shape[x.shape.length - 1];
/** @param s - [groups, 1, features] */
const featuresOf = (s: tf.Tensor): number => s.shape[2] ?? 1;
