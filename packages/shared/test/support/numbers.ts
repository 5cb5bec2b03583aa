/** Float32 numbers that are hard on codecs, the same ones every time. */

/** Independent uniform numbers in [0, 1). */
export function uniforms(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const makers = {
  /** Magnitudes over 70 orders, zeros of both signs. */
  wide: (next) => (next() < 0.1 ? (next() < 0.5 ? 0 : -0) : sign(next) * 10 ** (72 * next() - 38) * 3),
  /** As gradients are. */
  near: (next) => sign(next) * 1e-3 * Math.exp(3 * next()),
  /** Long stretches of zeros. */
  sparse: (next) => (next() < 0.995 ? 0 : next() - 0.5),
  /** Below 2^-126, and some just above. */
  subnormal: (next) => sign(next) * 2 ** (-149 + 26 * next()),
  /** Where rounding up would be Infinity. */
  top: (next) => sign(next) * (next() < 0.2 ? 1 : 1 - 2 ** -12 * next()) * (2 - 2 ** -23) * 2 ** 127,
  /** Few values, so that magnitudes tie. */
  tied: (next) => sign(next) * Math.floor(4 * next()),
} satisfies Record<string, (next: () => number) => number>;

const sign = (next: () => number): number => (next() < 0.5 ? -1 : 1);

export type Kind = keyof typeof makers;
export const kinds = Object.keys(makers) as Kind[];

export function numbers(kind: Kind, length: number, seed: number): Float32Array {
  const next = uniforms(seed);
  return Float32Array.from({ length }, () => makers[kind](next));
}

/** Where two arrays first differ in their bits, any NaN being equal to any other; -1 for nowhere. */
export function firstDifference(a: Float32Array, b: Float32Array): number {
  if (a.length !== b.length) return Math.min(a.length, b.length);
  for (let i = 0; i < a.length; i++) if (!Object.is(a[i], b[i])) return i;
  return -1;
}
