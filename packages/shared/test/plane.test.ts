import { describe, expect, it } from 'vitest';
import {
  grid,
  heatMapPoints,
  manifoldLatents,
  planeOf,
  planeSizes,
  presets,
  reachOf,
  sheetBytes,
} from '@gantry/shared';

/** Φ by Simpson's rule. */
function normalDistribution(z: number): number {
  const steps = 2000;
  const h = z / steps;
  const density = (x: number): number => Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(0) + density(z);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * density(i * h);
  return 0.5 + (sum * h) / 3;
}

describe('the mesh in latent space', () => {
  it('has between neighbouring knots one sixteenth of all latents', () => {
    const latents = manifoldLatents(2);
    const first = Array.from({ length: 16 }, (_, i) => normalDistribution(latents[2 * i]));
    first.forEach((share, i) => expect(share).toBeCloseTo((i + 0.5) / 16, 5));
  });

  it('goes row by row through the first two dimensions, all others being 0', () => {
    const latents = manifoldLatents(3);
    const knot = (row: number, column: number) =>
      latents.subarray(3 * (16 * row + column), 3 * (16 * row + column) + 3);
    expect(latents).toHaveLength(16 * 16 * 3);
    expect([knot(0, 15)[0], knot(0, 15)[1]]).toEqual([-knot(0, 0)[0], knot(0, 0)[1]]);
    expect(knot(15, 0)[1]).toBeGreaterThan(1.8);
    expect(new Set(latents.filter((_, i) => i % 3 === 2))).toEqual(new Set([0]));
    expect(manifoldLatents(1)).toHaveLength(256);
  });
});

it('the cells of the heat map fill what is seen, from the top left', () => {
  const points = heatMapPoints(grid);
  const half = reachOf(grid);
  const cell = (2 * half) / planeSizes.heatMap;
  const close = (x: number) => expect.closeTo(x, 4) as number;
  expect(Array.from(points.subarray(0, 4))).toEqual([-half + cell / 2, half - cell / 2, -half + 1.5 * cell, half - cell / 2].map(close)); // prettier-ignore
  expect(Array.from(points.subarray(-2))).toEqual([half - cell / 2, -half + cell / 2].map(close));
});

it("a plane's parts lie one after another, and fill a sheet", () => {
  const { data } = presets.ring;
  const all = Float32Array.from({ length: sheetBytes(data, 2500) / 4 }, (_, i) => i);
  const { generated, real, heatMap, manifold, gradients } = planeOf(all, 2500);
  expect([generated, real, heatMap, manifold, gradients].map(({ length }) => length)).toEqual([
    5000, 1000, 2304, 512, 400,
  ]);
  expect([...generated, ...real, ...heatMap, ...manifold, ...gradients]).toEqual([...all]);
  // Of fewer points there are fewer gradients.
  const few = planeOf(new Float32Array(sheetBytes(data, 20) / 4), 20);
  expect(few.gradients).toHaveLength(40);
});
