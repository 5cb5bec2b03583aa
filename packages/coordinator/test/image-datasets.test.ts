import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../src/datasets/index.ts';
import { plainImage, temporaryFolder } from './temporary-data.ts';

const red = { r: 255, g: 0, b: 0 };
const green = { r: 0, g: 255, b: 0 };
const blue = { r: 0, g: 0, b: 255 };
const first3 = (pixels: Uint8Array, example: number, exampleBytes: number): number[] => [
  ...pixels.subarray(example * exampleBytes, example * exampleBytes + 3),
];

describe('a folder of images', () => {
  it('is read in the order of names by code units, PNG, JPEG and WebP alike', async () => {
    const folder = await temporaryFolder({
      'b.png': await plainImage('png', red),
      'ä.PNG': await plainImage('png', { r: 9, g: 9, b: 9 }),
      'Z.webp': await plainImage('webp', green),
      'a10.jpeg': await plainImage('jpeg', { r: 128, g: 128, b: 128 }),
      'a9.jpg': await plainImage('jpeg', { r: 200, g: 200, b: 200 }),
      'notes.txt': Buffer.from('not an image'),
      '._b.png': Buffer.from('left by macOS'),
    });
    const data = await openDataset(folder, { height: 4, width: 4 });
    expect(data).toMatchObject({ source: 'images', size: 5, height: 4, width: 4, channels: 3, skipped: [] });
    expect(data).toMatchObject({ labels: null, classes: [] });
    expect([0, 1, 2, 3, 4].map((i) => first3(data.pixels, i, 48))).toEqual([
      [0, 255, 0],
      [128, 128, 128],
      [200, 200, 200],
      [255, 0, 0],
      [9, 9, 9],
    ]);
    expect((await openDataset(folder, { height: 4, width: 4 })).fingerprint).toBe(data.fingerprint);
  });

  it('takes subfolders as classes, sorted by name, with what lies deeper', async () => {
    const folder = await temporaryFolder({
      'dog/1.png': await plainImage('png', green),
      'Cat/deep/1.png': await plainImage('png', red),
      'dog/deep/2.png': await plainImage('png', blue),
      'empty/readme.txt': Buffer.from('nothing'),
    });
    const data = await openDataset(folder, { height: 2, width: 2 });
    expect(data.classes).toEqual(['Cat', 'dog']);
    expect([...(data.labels ?? [])]).toEqual([0, 1, 1]);
    expect([0, 1, 2].map((i) => first3(data.pixels, i, 12))).toEqual([
      [255, 0, 0],
      [0, 255, 0],
      [0, 0, 255],
    ]);
  });

  it('has no classes where there is one subfolder, or images beside them', async () => {
    const image = await plainImage('png', red);
    const one = await temporaryFolder({ 'all/1.png': image, 'all/2.png': image });
    expect(await openDataset(one)).toMatchObject({ size: 2, labels: null, classes: [] });
    const mixed = await temporaryFolder({ 'a/1.png': image, 'b/1.png': image, '1.png': image });
    expect(await openDataset(mixed)).toMatchObject({ size: 3, labels: null, classes: [] });
  });

  it('skips bad images with their names, and keeps the others and their labels in line', async () => {
    const noise = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * i * 31) % 251));
    const photo = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
      .jpeg()
      .toBuffer();
    const folder = await temporaryFolder({
      'a/1.png': Buffer.from('no image at all'),
      'a/2.png': await plainImage('png', red),
      'b/1.jpg': photo.subarray(0, photo.length / 2),
      'b/2.png': await plainImage('png', blue),
      'b/3.png': new Uint8Array(),
    });
    const seen: number[][] = [];
    const data = await openDataset(folder, { height: 2, width: 2 }, (...progress) => seen.push(progress));
    expect(data.skipped.map(({ path }) => path.replaceAll('\\', '/'))).toEqual([
      'a/1.png',
      'b/1.jpg',
      'b/3.png',
    ]);
    for (const { reason } of data.skipped) expect(reason).toMatch(/^[^\n]{5,}$/);
    expect([...data.pixels]).toEqual(
      [red, red, red, red, blue, blue, blue, blue].flatMap(({ r, g, b }) => [r, g, b]),
    );
    expect([...(data.labels ?? [])]).toEqual([0, 1]);
    expect(data.size).toBe(2);
    expect(seen).toEqual([1, 2, 3, 4, 5].map((done) => [done, 5]));
  });

  it('is cut to the middle and shrunk with antialiasing', async () => {
    // 64 × 32 in columns of black and white, one pixel wide; outside the middle half all is red.
    const raw = Buffer.alloc(64 * 32 * 3);
    for (let i = 0; i < 64 * 32; i++) {
      const x = i % 64;
      const colour = x < 16 || x >= 48 ? [255, 0, 0] : x % 2 === 0 ? [255, 255, 255] : [0, 0, 0];
      raw.set(colour, i * 3);
    }
    const striped = await sharp(raw, { raw: { width: 64, height: 32, channels: 3 } })
      .png()
      .toBuffer();
    const folder = await temporaryFolder({ 's.png': striped });
    const data = await openDataset(folder, { height: 8, width: 8, channels: 3 });
    for (let y = 0; y < 8; y++) {
      for (let x = 1; x < 7; x++) {
        const [r, g, b] = data.pixels.subarray((y * 8 + x) * 3);
        for (const value of [r, g, b]) expect(Math.abs(value - 127.5)).toBeLessThan(12);
      }
    }
  });

  it.each([
    ['grey to colour', 3, (image: Sharp) => image.toColourspace('b-w').png()],
    ['colour to grey', 1, (image: Sharp) => image.png()],
    ['16 bits', 3, (image: Sharp) => image.toColourspace('rgb16').png()],
    ['16 bits grey', 1, (image: Sharp) => image.toColourspace('grey16').png()],
    ['CMYK', 3, (image: Sharp) => image.toColourspace('cmyk').jpeg()],
    ['a palette', 3, (image: Sharp) => image.png({ palette: true })],
  ] as const)('converts %s', async (_, channels, convert) => {
    const grey = sharp({
      create: { width: 9, height: 9, channels: 3, background: { r: 100, g: 100, b: 100 } },
    });
    const folder = await temporaryFolder({ x: new Uint8Array(), 'x.png': await convert(grey).toBuffer() });
    const data = await openDataset(folder, { height: 3, width: 3, channels });
    expect(data.channels).toBe(channels);
    expect(data.pixels.length).toBe(9 * channels);
    for (const value of data.pixels) expect(Math.abs(value - 100)).toBeLessThan(20);
  });

  it('shows transparent pixels as white, and turns photos upright', async () => {
    const halves = Buffer.concat([Buffer.alloc(8 * 4 * 3, 255), Buffer.alloc(8 * 4 * 3, 0)]);
    const lying = await sharp(halves, { raw: { width: 8, height: 8, channels: 3 } })
      .withMetadata({ orientation: 3 })
      .png()
      .toBuffer();
    const folder = await temporaryFolder({
      '1.png': await plainImage('png', { r: 0, g: 0, b: 0, alpha: 0 }),
      '2.png': lying,
    });
    const data = await openDataset(folder, { height: 2, width: 2, channels: 1 });
    expect([...data.pixels.subarray(0, 4)]).toEqual([255, 255, 255, 255]);
    const [top, , bottom] = data.pixels.subarray(4);
    expect(top).toBeLessThan(64);
    expect(bottom).toBeGreaterThan(192);
  });

  it('may hold links, even in circles', async () => {
    const folder = await temporaryFolder({ 'a/1.png': await plainImage('png', red) });
    await mkdir(join(folder, 'b'));
    // Windows makes links to folders for administrators only, except of this type.
    await symlink(folder, join(folder, 'b', 'up'), 'junction');
    expect((await openDataset(folder)).size).toBe(1);
  });

  it('without a readable image is refused', async () => {
    await expect(openDataset(await temporaryFolder())).rejects.toThrow(
      'it holds no IDX files and no PNG, JPEG or WebP images',
    );
    const bad = await temporaryFolder({ '1.png': Buffer.from('x'), '2.png': Buffer.from('y') });
    await expect(openDataset(bad)).rejects.toThrow(/none of its 2 images can be read \(1\.png: .+\)/);
  });

  it('too large for memory is refused before it is read', async () => {
    const image = await plainImage('png', red, 1, 1);
    const files = Object.fromEntries(Array.from({ length: 3 }, (_, i) => [`${i}.png`, image]));
    await expect(
      openDataset(await temporaryFolder(files), { height: 40_000, width: 40_000 }),
    ).rejects.toThrow('take 13.4 GiB of memory');
  });
});
