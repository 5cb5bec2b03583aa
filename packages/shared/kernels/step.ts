/**
 * What the coordinator does to whole vectors after each step: see src/step/plain.ts, which this equals to the bit. As
 * there, numbers are float32 in memory and double precision between: two at a time are a vector.
 *
 * Vectors may lie next to each other, so nothing behind them is written.
 */

/** The two numbers at `from`, in double precision. */
function pair(from: usize): v128 {
  return f64x2.promote_low_f32x4(v128.load64_zero(from));
}

/** Rounds two pairs to float32, and writes the four. */
function storeFour(to: usize, low: v128, high: v128): void {
  const a = f32x4.demote_f64x2_zero(low);
  const b = f32x4.demote_f64x2_zero(high);
  v128.store(to, i64x2.shuffle(a, b, 0, 2));
}

/**
 * One step of Adam. Every vector is float32 [length].
 *
 * @param first, second - the moments' vectors
 * @param beta1, rest1, beta2, rest2 - decays, and what is left of 1
 * @param rate - learning rate over the first moment's bias
 * @param correction - of the second moment's root
 */
export function adam(
  parameters: usize,
  gradient: usize,
  first: usize,
  second: usize,
  length: i32,
  beta1: f64,
  rest1: f64,
  beta2: f64,
  rest2: f64,
  rate: f64,
  correction: f64,
  epsilon: f64,
): void {
  const bytes = (<usize>length) << 2;
  const whole = bytes & ~15;
  const b1 = f64x2.splat(beta1);
  const r1 = f64x2.splat(rest1);
  const b2 = f64x2.splat(beta2);
  const r2 = f64x2.splat(rest2);
  const lr = f64x2.splat(rate);
  const c = f64x2.splat(correction);
  const e = f64x2.splat(epsilon);
  for (let at: usize = 0; at < whole; at += 16) {
    const g0 = pair(gradient + at);
    const g1 = pair(gradient + at + 8);
    const m0 = f64x2.add(f64x2.mul(b1, pair(first + at)), f64x2.mul(r1, g0));
    const m1 = f64x2.add(f64x2.mul(b1, pair(first + at + 8)), f64x2.mul(r1, g1));
    const v0 = f64x2.add(f64x2.mul(b2, pair(second + at)), f64x2.mul(f64x2.mul(r2, g0), g0));
    const v1 = f64x2.add(f64x2.mul(b2, pair(second + at + 8)), f64x2.mul(f64x2.mul(r2, g1), g1));
    const d0 = f64x2.div(f64x2.mul(lr, m0), f64x2.add(f64x2.mul(f64x2.sqrt(v0), c), e));
    const d1 = f64x2.div(f64x2.mul(lr, m1), f64x2.add(f64x2.mul(f64x2.sqrt(v1), c), e));
    const p0 = f64x2.sub(pair(parameters + at), d0);
    const p1 = f64x2.sub(pair(parameters + at + 8), d1);
    storeFour(first + at, m0, m1);
    storeFour(second + at, v0, v1);
    storeFour(parameters + at, p0, p1);
  }
  for (let at = whole; at < bytes; at += 4) {
    const g = <f64>load<f32>(gradient + at);
    const m = beta1 * <f64>load<f32>(first + at) + rest1 * g;
    const v = beta2 * <f64>load<f32>(second + at) + rest2 * g * g;
    store<f32>(first + at, <f32>m);
    store<f32>(second + at, <f32>v);
    const p = <f64>load<f32>(parameters + at);
    store<f32>(parameters + at, <f32>(p - (rate * m) / (Math.sqrt(v) * correction + epsilon)));
  }
}

/** average ← decay · average + rest · numbers; both float32 [length] */
export function moveAverage(average: usize, numbers: usize, length: i32, decay: f64, rest: f64): void {
  const bytes = (<usize>length) << 2;
  const whole = bytes & ~15;
  const d = f64x2.splat(decay);
  const r = f64x2.splat(rest);
  for (let at: usize = 0; at < whole; at += 16) {
    const low = f64x2.add(f64x2.mul(d, pair(average + at)), f64x2.mul(r, pair(numbers + at)));
    const high = f64x2.add(f64x2.mul(d, pair(average + at + 8)), f64x2.mul(r, pair(numbers + at + 8)));
    storeFour(average + at, low, high);
  }
  for (let at = whole; at < bytes; at += 4) {
    const before = <f64>load<f32>(average + at);
    store<f32>(average + at, <f32>(decay * before + rest * <f64>load<f32>(numbers + at)));
  }
}

/**
 * numbers ← scale · numbers; float32 [length]
 *
 * @returns the sum of their squares before they are rounded: four sums, of every fourth number, and one of the last few
 */
export function scaleAndSquare(numbers: usize, length: i32, scale: f64): f64 {
  const bytes = (<usize>length) << 2;
  const whole = bytes & ~15;
  const s = f64x2.splat(scale);
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  for (let at: usize = 0; at < whole; at += 16) {
    const x0 = f64x2.mul(pair(numbers + at), s);
    const x1 = f64x2.mul(pair(numbers + at + 8), s);
    storeFour(numbers + at, x0, x1);
    low = f64x2.add(low, f64x2.mul(x0, x0));
    high = f64x2.add(high, f64x2.mul(x1, x1));
  }
  let last: f64 = 0;
  for (let at = whole; at < bytes; at += 4) {
    const x = <f64>load<f32>(numbers + at) * scale;
    store<f32>(numbers + at, <f32>x);
    last += x * x;
  }
  const sums = f64x2.add(low, high);
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1) + last;
}
