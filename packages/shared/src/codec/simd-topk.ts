/** `topk` with the kernels. Its bits are those of `scalarTopk`. */
import type { Codec } from './codec.ts';
import { homeOf, places, type Workspace } from './kernels.ts';
import { windowLength } from './runs.ts';
import { entriesOf, findCut, radixPasses, scalarTopk } from './topk.ts';

/** Copies window after window of `array` into a workspace. */
function eachPart(
  array: Float32Array,
  into: Float32Array,
  visit: (length: number, start: number) => void,
): void {
  for (let start = 0; start < array.length; start += windowLength) {
    const part = array.subarray(start, start + windowLength);
    into.set(part);
    visit(part.length, start);
  }
}

export function simdTopk(share: number, shared: Workspace): Codec {
  const { kernels, buffer, numbers } = shared;
  const plain = scalarTopk(share);
  return {
    ...plain,

    encode(values, into) {
      if (values.length === 0) return;
      const indices = new Uint32Array(into.buffer, into.byteOffset, into.length >>> 3);
      const kept = new Uint32Array(into.buffer, into.byteOffset + 4 * indices.length, indices.length);
      const cut = findCut(indices.length, (prefix, shift, bins) => {
        const histogram = new Uint32Array(buffer, places.extra, bins);
        histogram.fill(0);
        eachPart(values, numbers, (length) => {
          if (shift === radixPasses[0].shift) kernels.countAll(places.numbers, length, shift, places.extra);
          else kernels.countBelow(places.numbers, length, prefix, shift, bins - 1, places.extra);
        });
        return histogram;
      });
      // The indices of a window go to `bytes`, its numbers to `extra`; what is left of the ties lies before them.
      const ties = new Uint32Array(buffer, places.ties, 1);
      ties[0] = cut.ties;
      let at = 0;
      eachPart(values, numbers, (length, start) => {
        const count = kernels.collect(
          places.numbers,
          length,
          start,
          cut.magnitude,
          places.ties,
          places.bytes,
          places.extra,
        );
        indices.set(new Uint32Array(buffer, places.bytes, count), at);
        kept.set(new Uint32Array(buffer, places.extra, count), at);
        at += count;
      });
    },

    addTo(from, total) {
      const home = homeOf(total);
      if (!home) {
        plain.addTo(from, total);
        return;
      }
      const { indices, values } = entriesOf(from);
      const words = new Uint32Array(home.buffer, places.bytes, windowLength);
      eachPart(values, home.numbers, (k, start) => {
        words.set(indices.subarray(start, start + k));
        home.kernels.scatterAdd(total.byteOffset, total.length, places.bytes, places.numbers, k);
      });
    },

    largest(from, length) {
      const { indices, values } = entriesOf(from);
      const words = new Uint32Array(buffer, places.bytes, windowLength);
      let largest = 0;
      let least = 0;
      let ordered = true;
      eachPart(values, numbers, (k, start) => {
        words.set(indices.subarray(start, start + k));
        ordered = ordered && kernels.ascending(places.bytes, k, least, length) !== 0;
        least = words[k - 1] + 1;
        largest = Math.max(largest, kernels.largestFloat32(places.numbers, k));
      });
      return ordered ? largest : NaN;
    },
  };
}
