/** Images as networks have them, float32 in [-1, 1], and as files have them, 8 bits. */

/**
 * @param images - float32; what is beyond [-1, 1] is cut
 * @param out - as long, written: 0 to 255
 */
export function toPixels(
  images: Float32Array,
  out = new Uint8ClampedArray(images.length),
): Uint8ClampedArray<ArrayBuffer> {
  // The array clamps and rounds.
  for (let i = 0; i < out.length; i++) out[i] = (images[i] + 1) * 127.5;
  return out;
}

/** Images as they come back from a file of 8 bits: what a reader of it would measure. A new array */
export const quantise = (images: Float32Array): Float32Array<ArrayBuffer> =>
  Float32Array.from(toPixels(images), (pixel) => pixel / 127.5 - 1);
