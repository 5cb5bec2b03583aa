import { grid, ring } from '@gantry/shared';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { columnsFor, enlargement, gridOfImages, nearSquare } from '../src/samples/grid.ts';
import { imageSheet, pointsSheet } from '../src/samples/sheet.ts';

describe('a sheet of images', () => {
  it.each([
    [1, 1, 1],
    [2, 2, 1],
    [3, 2, 2],
    [7, 3, 3],
    [60, 8, 8],
    [64, 8, 8],
    [65, 9, 8],
  ])('of %i has %i columns and %i rows', (count, columns, rows) => {
    expect(nearSquare(count)).toEqual({ columns, rows });
  });

  it.each([
    ['a class a column', 64, 28, 10, 10],
    ['without classes near-square', 64, 28, 0, 8],
    ['near-square with fewer examples than classes', 9, 28, 10, 3],
    ['near-square where classes are too many to fit', 64, 28, 50, 8],
  ])('has %s', (_, count, width, classes, columns) => {
    expect(columnsFor(count, width, classes)).toBe(columns);
  });

  it.each([
    [28, 8, 3],
    [32, 8, 2],
    [256, 8, 1],
    [1, 1, 598],
  ])('enlarges images %i wide in %i columns by %i', (width, columns, scale) => {
    expect(enlargement(width, columns)).toBe(scale);
  });

  it('sets them row by row, a pixel apart, each pixel a square of one value', () => {
    // Three images of 2 × 1: columns 2, scale round((600 − 3) / 2) = 299.
    const sheet = gridOfImages(Uint8Array.of(0, 255, 128, 191, 64, 255), {
      height: 2,
      width: 1,
      channels: 1,
    });
    expect(sheet).toMatchObject({ width: 601, height: 1199 });
    const at = (x: number, y: number): number => sheet.data[y * 601 + x];
    expect([at(1, 1), at(299, 299), at(1, 300), at(299, 598)]).toEqual([0, 0, 255, 255]);
    expect([at(301, 1), at(599, 598)]).toEqual([128, 191]);
    expect([at(1, 600), at(1, 899)]).toEqual([64, 255]);
    // Gaps and the place that stays empty.
    expect([at(0, 0), at(300, 5), at(5, 599), at(600, 1198), at(400, 800)]).toEqual([96, 96, 96, 96, 96]);
  });

  it('is a PNG in colour or grey', async () => {
    for (const channels of [1, 3] as const) {
      // The left half of each image is red (or white), the right half black.
      const pixels = new Uint8Array(4 * 8 * 6 * channels).map((_, i) =>
        i % channels === 0 && Math.floor(i / channels) % 6 < 3 ? 255 : 0,
      );
      const png = await imageSheet(pixels, { height: 8, width: 6, channels });
      const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
      expect((await sharp(png).metadata()).format).toBe('png');
      expect([info.width, info.height]).toEqual([603, 803]);
      const at = (x: number): number[] => {
        const pixel = (10 * info.width + x) * info.channels;
        return [...data.subarray(pixel, pixel + 3)];
      };
      expect(at(148)).toEqual(channels === 3 ? [255, 0, 0] : [255, 255, 255]);
      expect([at(152), at(300)]).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
    }
  });
});

describe('a sheet of points', () => {
  /** Colours near (x, y) in the mixture's coordinates, as "r,g,b". */
  const coloursAt = async (png: Buffer, half: number, x: number, y: number): Promise<Set<string>> => {
    const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
    const colours = new Set<string>();
    const column = Math.round(((x / half + 1) / 2) * 600);
    const row = 32 + Math.round(((-y / half + 1) / 2) * 600);
    for (let i = Math.max(0, row - 2); i <= Math.min(631, row + 2); i++) {
      for (let j = Math.max(0, column - 2); j <= Math.min(599, column + 2); j++) {
        const at = (i * info.width + j) * 3;
        colours.add([...data.subarray(at, at + 3)].join());
      }
    }
    return colours;
  };
  const blue = '86,180,233';
  const orange = '213,94,0';
  const half = 1.33;

  it('shows real and generated points where they are, y upwards', async () => {
    const png = await pointsSheet(ring, Float32Array.of(0.5, 0.8), Float32Array.of(-0.4, 0.2));
    expect(await coloursAt(png, half, 0.5, 0.8)).toContain(orange);
    expect(await coloursAt(png, half, -0.4, 0.2)).toContain(blue);
    expect(await coloursAt(png, half, 0.5, -0.8)).toEqual(new Set(['255,255,255']));
  });

  it('draws points beyond the edge on it, and none for NaN', async () => {
    const png = await pointsSheet(
      ring,
      Float32Array.of(50, -50, NaN, 0.5, 0.6, NaN, 0.5, 0.8),
      new Float32Array(),
    );
    expect(await coloursAt(png, half, half, -half)).toContain(orange);
    const none = await pointsSheet(ring, Float32Array.of(50, -50, 0.5, 0.8), new Float32Array());
    expect(await coloursAt(png, half, 0.5, 0.8)).toContain(orange);
    expect(png.equals(none)).toBe(true);
  });

  it('takes ten thousand points, and none', async () => {
    const many = new Float32Array(20_000).map((_, i) => Math.sin(i) * 5);
    for (const points of [many, new Float32Array()]) {
      const { width, height, format } = await sharp(await pointsSheet(grid, points, many)).metadata();
      expect([width, height, format]).toEqual([600, 632, 'png']);
    }
  });
});
