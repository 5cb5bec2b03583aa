/** Element by element. */

/** out ← x, times α where y is not above 0 */
export function timesSlope(x: usize, y: usize, out: usize, bytes: usize, alpha: f32): void {
  const end = out + bytes;
  const zero = f32x4.splat(0);
  const slope = f32x4.splat(alpha);
  for (; out + 16 <= end; out += 16, x += 16, y += 16) {
    const value = v128.load(x);
    const steep = f32x4.gt(v128.load(y), zero);
    v128.store(out, v128.bitselect(value, f32x4.mul(value, slope), steep));
  }
  for (; out < end; out += 4, x += 4, y += 4) {
    const value = load<f32>(x);
    store<f32>(out, load<f32>(y) > 0 ? value : value * alpha);
  }
}
