/** Codecs of runs with the kernels. Their bits are those of `scalarCodec`. */
import { philoxKey, type Address } from '../random/philox.ts';
import type { Codec } from './codec.ts';
import { float16Format } from './float16.ts';
import { float32Format } from './float32.ts';
import { int8Format } from './int8.ts';
import { homeOf, places, type Workspace } from './kernels.ts';
import { bytesOf, type Runs } from './runs.ts';
import { eachWindow, scalarCodec } from './scalar.ts';

interface SimdFormat extends Runs {
  /** Encodes `length` numbers of workspace.numbers into workspace.bytes. @param first - index of the first in its payload */
  encode(workspace: Workspace, length: number, first: number, rounding: Address): void;
  /** Decodes `length` numbers into workspace.numbers. */
  decode(workspace: Workspace, from: Uint8Array<ArrayBuffer>, length: number): void;
  /** The largest magnitude of `length` numbers that workspace.bytes encode. */
  largest(workspace: Workspace, length: number): number;
}

const float16: SimdFormat = {
  ...float16Format,
  encode({ kernels }, length) {
    kernels.encodeFloat16(places.numbers, length, places.bytes);
  },
  decode({ kernels, bytes }, from, length) {
    bytes.set(from);
    kernels.decodeFloat16(places.bytes, length, places.numbers);
  },
  largest: ({ kernels }, length) => kernels.largestFloat16(places.bytes, length),
};

const int8: SimdFormat = {
  ...int8Format,
  encode({ kernels }, length, first, rounding) {
    const { seed, example = 0, step = 0, pass = 0 } = rounding;
    kernels.encodeInt8(
      places.numbers,
      length,
      places.bytes,
      places.extra,
      first,
      example,
      step,
      pass,
      seed,
      philoxKey(rounding),
    );
  },
  decode({ kernels, bytes }, from, length) {
    bytes.set(from);
    kernels.decodeInt8(places.bytes, length, places.numbers);
  },
  largest: ({ kernels }, length) => kernels.largestInt8(places.bytes, length),
};

/** Adds or subtracts what is decoded: in place where `values` lie in the memory of kernels, else in a window. */
function combine(
  format: SimdFormat,
  shared: Workspace,
  from: Uint8Array<ArrayBuffer>,
  values: Float32Array,
  operation: 'add' | 'subtract',
): void {
  const home = homeOf(values);
  const workspace = home ?? shared;
  const { kernels, extra } = workspace;
  eachWindow(format, from, values.length, (bytes, start, end) => {
    format.decode(workspace, bytes, end - start);
    if (home) {
      kernels[operation](values.byteOffset + 4 * start, places.numbers, end - start);
    } else {
      const part = values.subarray(start, end);
      extra.set(part);
      kernels[operation](places.extra, places.numbers, end - start);
      part.set(extra.subarray(0, end - start));
    }
  });
}

function simdCodec(format: SimdFormat, shared: Workspace): Codec {
  return {
    name: format.name,
    bytes: (length) => bytesOf(format, length),
    encode(values, into, rounding) {
      eachWindow(format, into, values.length, (bytes, start, end) => {
        shared.numbers.set(values.subarray(start, end));
        format.encode(shared, end - start, start, rounding);
        bytes.set(shared.bytes.subarray(0, bytes.length));
      });
    },
    decode(from, out) {
      eachWindow(format, from, out.length, (bytes, start, end) => {
        format.decode(shared, bytes, end - start);
        out.set(shared.numbers.subarray(0, end - start), start);
      });
    },
    addTo(from, total) {
      combine(format, shared, from, total, 'add');
    },
    subtractFrom(from, values) {
      combine(format, shared, from, values, 'subtract');
    },
    largest(from, length) {
      let largest = 0;
      eachWindow(format, from, length, (bytes, start, end) => {
        shared.bytes.set(bytes);
        largest = Math.max(largest, format.largest(shared, end - start));
      });
      return largest;
    },
  };
}

export const simdFloat16 = (shared: Workspace): Codec => simdCodec(float16, shared);
export const simdInt8 = (shared: Workspace): Codec => simdCodec(int8, shared);

/** Encoding and decoding are copies, which need no kernel. */
export function simdFloat32(shared: Workspace): Codec {
  const plain = scalarCodec(float32Format);
  const copy: SimdFormat = {
    ...float32Format,
    encode: () => {},
    decode: ({ numberBytes }, from) => numberBytes.set(from),
    largest: ({ kernels }, length) => kernels.largestFloat32(places.bytes, length),
  };
  return {
    ...simdCodec(copy, shared),
    encode: (values, into, rounding) => plain.encode(values, into, rounding),
    decode: (from, out) => plain.decode(from, out),
  };
}
