/**
 * Uniform and normal draws, the same to the bit on every engine.
 *
 * ECMAScript leaves the last bits of Math.log, Math.sin and Math.cos to the engine, so a latent vector could
 * differ between Chrome and Firefox. These use only + - * / and Math.sqrt, which IEEE 754 fixes.
 */
import { randomWords, type Address } from './philox.ts';

const TWO_PI = 6.283185307179586;
const LN2 = 0.6931471805599453;
const float = new Float64Array(1);
const bits = new Uint32Array(float.buffer); // little-endian, as every platform with WebAssembly is

/** Natural logarithm of a normal positive number; relative error below 1e-15. */
export function ln(x: number): number {
  float[0] = x;
  let exponent = (bits[1] >>> 20) - 1023;
  bits[1] = (bits[1] & 0x000fffff) | 0x3ff00000;
  let mantissa = float[0];
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  // ln m = 2 artanh(s), s = (m - 1) / (m + 1), |s| < 0.172: eleven terms reach 1e-17.
  const s = (mantissa - 1) / (mantissa + 1);
  const q = s * s;
  let sum = 1 / 21;
  for (let k = 19; k >= 1; k -= 2) sum = sum * q + 1 / k;
  return exponent * LN2 + 2 * s * sum;
}

/** e^x for x in [−700, 700]; relative error below 1e-15. Below that 0. */
export function exp(x: number): number {
  if (x < -700) return 0;
  const doublings = Math.floor(x / LN2 + 0.5);
  const r = x - doublings * LN2; // |r| <= ln(2)/2
  let sum = 1;
  for (let k = 14; k >= 1; k -= 1) sum = 1 + (sum * r) / k;
  bits[0] = 0;
  bits[1] = (doublings + 1023) << 20;
  return sum * float[0];
}

/** [cos 2πu, sin 2πu] for u in [0, 1); absolute error below 1e-15. */
export function circle(u: number): [number, number] {
  const quarter = Math.floor(u * 4 + 0.5);
  const r = (u - quarter / 4) * TWO_PI; // |r| <= π/4
  const q = r * r;
  let sin = 1;
  for (let k = 16; k >= 2; k -= 2) sin = 1 - (sin * q) / (k * (k + 1));
  sin *= r;
  let cos = 1;
  for (let k = 15; k >= 1; k -= 2) cos = 1 - (cos * q) / (k * (k + 1));
  switch (quarter & 3) {
    case 0:
      return [cos, sin];
    case 1:
      return [-sin, cos];
    case 2:
      return [-cos, -sin];
    default:
      return [sin, -cos];
  }
}

/** Grows as needed and is reused: the draws of a step allocate nothing. */
let scratch = new Uint32Array(256);
function words(address: Address, count: number): Uint32Array {
  if (scratch.length < count) scratch = new Uint32Array(count * 2);
  return randomWords(address, scratch.subarray(0, count));
}

/** Fills `out` with uniform numbers in [0, 1) of 24 bits, exact in float32. */
export function drawUniform(address: Address, out: Float32Array | Float64Array): void {
  const w = words(address, out.length);
  for (let i = 0; i < out.length; i++) out[i] = (w[i] >>> 8) * 2 ** -24;
}

/** Fills `out` with standard normal numbers (Box and Muller 1958). |z| stays below 6.67. */
export function drawNormal(address: Address, out: Float32Array | Float64Array): void {
  const w = words(address, (out.length + 1) & ~1);
  for (let i = 0; i < out.length; i += 2) {
    const radius = Math.sqrt(-2 * ln((w[i] + 1) * 2 ** -32));
    const [cos, sin] = circle(w[i + 1] * 2 ** -32);
    out[i] = radius * cos;
    if (i + 1 < out.length) out[i + 1] = radius * sin;
  }
}

/** A uniform integer in [0, bound) from one word; the bias is below bound / 2^32. */
export function boundedInteger(word: number, bound: number): number {
  return Math.floor(word * 2 ** -32 * bound);
}
