/** Latent vectors from a seed, the same that `gantry sample` draws from it. */
import { drawNormal } from '@gantry/shared/random';

/** @returns float32 [count, size], standard normal; row i depends on the seed and i only */
export function latentsOf(seed: number, count: number, size: number): Float32Array<ArrayBuffer> {
  const all = new Float32Array(count * size);
  for (let i = 0; i < count; i++) {
    drawNormal({ seed, purpose: 'sampleLatent', example: i }, all.subarray(i * size, (i + 1) * size));
  }
  return all;
}
