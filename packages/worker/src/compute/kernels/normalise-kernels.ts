/**
 * Normalisation on wasm, in loops on the heap: fewer passes over memory than composed operations make, and sums in
 * double precision. What each gives is said in `normalise.ts`.
 */
import type * as tf from '../tf.ts';
import { columnsOf } from './columns.ts';
import { setKernel, view, withDoubles, type Backend } from './wasm-kernel.ts';

export function registerNormalise(): void {
  setKernel<'x'>('GantryMoments', (inputs, _attrs, backend) => {
    const [groups, n, channels] = inputs.x.shape;
    const output = backend.makeOutput([groups, 2, channels], 'float32');
    const columns = columnsOf(backend);
    for (let group = 0; group < groups; group++) {
      withDoubles(backend, 2, channels, (mu, m2) => {
        const x = ofGroup(backend, inputs.x, group);
        columns.sums(x, mu);
        for (let c = 0; c < channels; c++) mu[c] /= n;
        columns.products(x, x, mu, mu, m2);
        setPair(backend, output, group, mu, m2);
      });
    }
    return output;
  });

  setKernel<'x' | 'moments' | 'gamma' | 'beta'>('GantryNormalise', (inputs, attrs, backend) => {
    const [groups, , channels] = inputs.x.shape;
    const output = backend.makeOutput(inputs.x.shape, 'float32');
    for (let group = 0; group < groups; group++) {
      withDoubles(backend, 2, channels, (scale, shift) => {
        const gamma = view(backend, inputs.gamma);
        const beta = view(backend, inputs.beta);
        const [mu, invstd] = statistics(backend, inputs.moments, group, attrs);
        for (let c = 0; c < channels; c++) {
          scale[c] = gamma[c] * invstd[c];
          shift[c] = beta[c] - mu[c] * scale[c];
        }
        const y = ofGroup(backend, output, group);
        columnsOf(backend).affine(y, ofGroup(backend, inputs.x, group), scale, shift);
      });
    }
    return output;
  });

  setKernel<'dy' | 'x' | 'moments'>('GantryNormaliseSums', (inputs, _attrs, backend) => {
    const [groups, , channels] = inputs.x.shape;
    const output = backend.makeOutput([groups, 2, channels], 'float32');
    const columns = columnsOf(backend);
    for (let group = 0; group < groups; group++) {
      withDoubles(backend, 4, channels, (s1, s2, mu, zero) => {
        const dy = ofGroup(backend, inputs.dy, group);
        mu.set(pairPart(backend, inputs.moments, group, 0));
        columns.sums(dy, s1);
        columns.products(dy, ofGroup(backend, inputs.x, group), zero, mu, s2);
        setPair(backend, output, group, s1, s2);
      });
    }
    return output;
  });

  setKernel<'dy' | 'x' | 'moments' | 'sums' | 'gamma'>('GantryNormaliseInput', (inputs, attrs, backend) => {
    const [groups, , channels] = inputs.x.shape;
    const output = backend.makeOutput(inputs.x.shape, 'float32');
    const columns = columnsOf(backend);
    const n = numberOf(attrs, 'n');
    for (let group = 0; group < groups; group++) {
      // dx as dy, x and 1 times numbers of the channel.
      withDoubles(backend, 3, channels, (ofDy, ofX, ofOne) => {
        const gamma = view(backend, inputs.gamma);
        const [mu, invstd] = statistics(backend, inputs.moments, group, attrs);
        const s1 = pairPart(backend, inputs.sums, group, 0);
        const s2 = pairPart(backend, inputs.sums, group, 1);
        for (let c = 0; c < channels; c++) {
          const scale = gamma[c] * invstd[c];
          ofDy[c] = scale;
          ofX[c] = (-scale * invstd[c] ** 2 * s2[c]) / n;
          ofOne[c] = (-scale * s1[c]) / n - ofX[c] * mu[c];
        }
        const dx = ofGroup(backend, output, group);
        columns.affine(dx, ofGroup(backend, inputs.dy, group), ofDy, ofOne);
        columns.addScaled(dx, ofGroup(backend, inputs.x, group), ofX);
      });
    }
    return output;
  });

  setKernel<'moments' | 'sums'>('GantryNormaliseParameters', (inputs, attrs, backend) => {
    const [groups, , channels] = inputs.sums.shape;
    const outputs = [0, 1].map(() => backend.makeOutput([channels], 'float32'));
    const [dGamma, dBeta] = outputs.map((output) => view(backend, output).fill(0));
    for (let group = 0; group < groups; group++) {
      const [, invstd] = statistics(backend, inputs.moments, group, attrs);
      const s1 = pairPart(backend, inputs.sums, group, 0);
      const s2 = pairPart(backend, inputs.sums, group, 1);
      for (let c = 0; c < channels; c++) {
        dGamma[c] += invstd[c] * s2[c];
        dBeta[c] += s1[c];
      }
    }
    return outputs;
  });
}

/** The rows of a group of [groups, n, channels]. */
function ofGroup(backend: Backend, info: tf.TensorInfo, group: number): Float32Array {
  const values = view(backend, info);
  const length = values.length / info.shape[0];
  return values.subarray(group * length, (group + 1) * length);
}

/** [channels] of a [groups, 2, channels]. */
function pairPart(backend: Backend, pair: tf.TensorInfo, group: number, which: 0 | 1): Float32Array {
  const channels = pair.shape[2] ?? 0;
  const at = (2 * group + which) * channels;
  return view(backend, pair).subarray(at, at + channels);
}

function setPair(
  backend: Backend,
  pair: tf.TensorInfo,
  group: number,
  first: Float64Array,
  second: Float64Array,
): void {
  pairPart(backend, pair, group, 0).set(first);
  pairPart(backend, pair, group, 1).set(second);
}

/** Mean and 1/√(M2/N + ε) of a group. */
function statistics(
  backend: Backend,
  moments: tf.TensorInfo,
  group: number,
  attrs: tf.NamedAttrMap,
): readonly [mu: Float32Array, invstd: Float64Array] {
  const n = numberOf(attrs, 'n');
  const epsilon = numberOf(attrs, 'epsilon');
  const m2 = Float64Array.from(pairPart(backend, moments, group, 1));
  return [pairPart(backend, moments, group, 0), m2.map((value) => 1 / Math.sqrt(value / n + epsilon))];
}

const numberOf = (attrs: tf.NamedAttrMap, name: 'n' | 'epsilon'): number => attrs[name] as number; // as normalise.ts passes them
