/**
 * `topk`: the numbers of largest magnitude; the others decode to 0. What is left out is not lost where the sender
 * carries it over (error feedback). S. U. Stich, J.-B. Cordonnier, M. Jaggi, "Sparsified SGD with memory", NeurIPS 2018.
 *
 *   u32 [k] indices, ascending · f32 [k] the numbers there
 *
 * Of equal magnitudes the lower index goes first. Infinity and NaN are larger than any number, so they are never left
 * out in favour of finite numbers.
 */
import type { Codec } from './codec.ts';
import { floatOf, largestMagnitude, magnitudeMask } from './runs.ts';

/** Numbers kept of `length`. */
export const keptOf = (length: number, share: number): number =>
  Math.min(length, Math.max(1, Math.ceil(share * length)));

/** Where the selection cuts: all above `magnitude` are kept, and the first `ties` of those equal to it. */
export interface Cut {
  readonly magnitude: number;
  readonly ties: number;
}

/** Bits of a magnitude that a pass sorts by, from the top: 11, 10 and 10 of 31. */
export const radixPasses = [
  { shift: 20, bins: 2048 },
  { shift: 10, bins: 1024 },
  { shift: 0, bins: 1024 },
] as const;

/**
 * Radix selection: each pass counts, by their next bits, the magnitudes that share the higher bits of the cut found so
 * far. Linear in the number of magnitudes, whatever they are.
 *
 * @param k - at most the number of magnitudes, 1 or more
 * @param count - counts, by (magnitude >>> shift) % bins, the magnitudes whose bits from `shift + log2(bins)` up equal
 *   those of `prefix`
 */
export function findCut(k: number, count: (prefix: number, shift: number, bins: number) => Uint32Array): Cut {
  let prefix = 0;
  let ties = k;
  for (const { shift, bins } of radixPasses) {
    const histogram = count(prefix, shift, bins);
    let bin = bins - 1;
    for (; histogram[bin] < ties; bin--) ties -= histogram[bin];
    prefix |= bin << shift;
  }
  return { magnitude: prefix, ties };
}

function countMagnitudes(bits: Uint32Array, prefix: number, shift: number, bins: number): Uint32Array {
  const histogram = new Uint32Array(bins);
  // Of 32 bits: shifting the last 31 by 31 leaves nothing, so in the first pass all have the prefix.
  const above = shift + Math.log2(bins);
  const wanted = prefix >>> above;
  for (const word of bits) {
    const magnitude = word & magnitudeMask;
    if (magnitude >>> above === wanted) histogram[(magnitude >>> shift) & (bins - 1)]++;
  }
  return histogram;
}

/** The two halves of a payload. */
export function entriesOf(bytes: Uint8Array<ArrayBuffer>): { indices: Uint32Array; values: Float32Array } {
  const k = bytes.length >>> 3;
  return {
    indices: new Uint32Array(bytes.buffer, bytes.byteOffset, k),
    values: new Float32Array(bytes.buffer, bytes.byteOffset + 4 * k, k),
  };
}

export function scalarTopk(share: number): Codec {
  const bytes = (length: number): number => 8 * keptOf(length, share);
  return {
    name: 'topk',
    bytes,

    encode(numbers, into) {
      if (numbers.length === 0) return;
      const bits = new Uint32Array(numbers.buffer, numbers.byteOffset, numbers.length);
      const indices = new Uint32Array(into.buffer, into.byteOffset, into.length >>> 3);
      const kept = new Uint32Array(into.buffer, into.byteOffset + 4 * indices.length, indices.length);
      const cut = findCut(indices.length, (prefix, shift, bins) =>
        countMagnitudes(bits, prefix, shift, bins),
      );
      let { ties } = cut;
      let at = 0;
      for (let i = 0; i < bits.length; i++) {
        const magnitude = bits[i] & magnitudeMask;
        if (magnitude < cut.magnitude || (magnitude === cut.magnitude && ties-- <= 0)) continue;
        indices[at] = i;
        kept[at++] = bits[i];
      }
    },

    decode(from, out) {
      const { indices, values } = entriesOf(from);
      out.fill(0);
      for (let j = 0; j < indices.length; j++) out[indices[j]] = values[j];
    },

    addTo(from, total) {
      const { indices, values } = entriesOf(from);
      for (let j = 0; j < indices.length; j++) total[indices[j]] += values[j];
    },

    subtractFrom(from, numbers) {
      const { indices, values } = entriesOf(from);
      for (let j = 0; j < indices.length; j++) numbers[indices[j]] -= values[j];
    },

    largest(from, length) {
      const { indices, values } = entriesOf(from);
      let least = 0;
      for (const index of indices) {
        if (index < least || index >= length) return NaN;
        least = index + 1;
      }
      const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
      return floatOf(largestMagnitude(bits, 0, bits.length));
    },
  };
}
