/**
 * Codecs: how many float32 numbers travel in few bytes. PROTOCOL.md says what the bytes mean.
 *
 * What is encoded depends on the numbers, the options and, for `int8`, the address of its random numbers, and on
 * nothing else: the same bits in Node and in every browser, with SIMD and without. So whoever computes an update
 * again gets the same bytes, and all who decode a delta keep equal replicas.
 */
import type { Address } from '../random/philox.ts';

/**
 * - `float32`: the numbers as they are.
 * - `float16`: half precision, with a scale for every 4096 numbers.
 * - `int8`: a signed byte each, with a scale for every 256 numbers, rounded up or down by chance.
 * - `topk`: only the numbers of largest magnitude; the others are 0.
 */
export const codecNames = ['float32', 'float16', 'int8', 'topk'] as const;
export type CodecName = (typeof codecNames)[number];

/** Encoded bytes must begin at an offset divisible by 4, and are little-endian, like every platform with WebAssembly. */
export interface Codec {
  readonly name: CodecName;

  /** Bytes of `length` encoded numbers, fixed by length and options; a multiple of 4. */
  bytes(length: number): number;

  /**
   * Numbers that are not finite are never made finite: `largest` of what is encoded is then not finite.
   *
   * @param into - bytes(values.length) bytes, all of them written
   * @param rounding - where the random numbers for stochastic rounding lie; used by `int8` only
   */
  encode(values: Float32Array, into: Uint8Array<ArrayBuffer>, rounding: Address): void;

  /**
   * out ← decoded, every element.
   *
   * @param from - bytes(out.length) bytes
   */
  decode(from: Uint8Array<ArrayBuffer>, out: Float32Array): void;

  /** total ← total + decoded, element by element in float32, the same bits as scalar float32 additions. */
  addTo(from: Uint8Array<ArrayBuffer>, total: Float32Array): void;

  /** values ← values − decoded, likewise: what encoding lost, to be carried to the next time. */
  subtractFrom(from: Uint8Array<ArrayBuffer>, values: Float32Array): void;

  /**
   * The largest magnitude of the decoded numbers, without decoding them.
   *
   * @param length - of the decoded numbers
   * @returns NaN or Infinity where one of them is not finite, and for bytes that no encoder writes: a scale that is none,
   *   indices that do not ascend or lie beyond `length`
   */
  largest(from: Uint8Array<ArrayBuffer>, length: number): number;
}

export interface CodecOptions {
  /** Of `topk`: the share of the numbers that is kept, above 0, at most 1. */
  readonly topkShare: number;
}
