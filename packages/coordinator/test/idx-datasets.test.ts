import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { openDataset } from '../src/datasets/index.ts';
import { idxBytes, idxImages, plainImage, temporaryFolder } from './temporary-data.ts';

describe('IDX data', () => {
  it.each([
    ['as it is', (bytes: Uint8Array) => bytes],
    ['gzipped', gzipSync],
  ])('is read %s, whatever its name, in the size the file says', async (_, pack) => {
    const folder = await temporaryFolder({ 'some.thing': pack(idxImages(5, 4, 3)) });
    const data = await openDataset(join(folder, 'some.thing'), { height: 32, width: 32, channels: 3 });
    expect(data).toMatchObject({ source: 'idx', size: 5, height: 4, width: 3, channels: 1 });
    expect(data).toMatchObject({ labels: null, classes: [], skipped: [] });
    expect(data.pixels.length).toBe(60);
    expect([...data.pixels.subarray(11, 14)]).toEqual([0, 1, 1]);
  });

  it('takes the labels beside it, found by name', async () => {
    const folder = await temporaryFolder({
      'train-images-idx3-ubyte': idxImages(3),
      'train-labels-idx1-ubyte.gz': gzipSync(idxBytes([3], [2, 0, 1])),
      't10k-labels-idx1-ubyte': idxBytes([1], [0]),
    });
    const data = await openDataset(join(folder, 'train-images-idx3-ubyte'));
    expect(data.classes).toEqual(['0', '1', '2']);
    expect([...(data.labels ?? [])]).toEqual([2, 0, 1]);
  });

  it('in a folder is the training set where there is one, under the names of other sites too', async () => {
    const folder = await temporaryFolder({
      't10k-images.idx3-ubyte': idxImages(2),
      't10k-labels.idx1-ubyte': idxBytes([2], [0, 1]),
      'train-images.idx3-ubyte': idxImages(3),
      'train-labels.idx1-ubyte': idxBytes([3], [1, 1, 0]),
      'readme.txt': Buffer.from('hello'),
    });
    expect(await openDataset(folder)).toMatchObject({ size: 3, classes: ['0', '1'] });
  });

  it('in a folder may be the test set alone', async () => {
    const folder = await temporaryFolder({ 't10k-images-idx3-ubyte': idxImages(2) });
    expect(await openDataset(folder)).toMatchObject({ size: 2, labels: null });
  });

  it('has another fingerprint when a pixel, a label or the shape is another', async () => {
    const fingerprint = async (images: Uint8Array, labels?: Uint8Array): Promise<string> => {
      const files = { 'x-images': images, ...(labels === undefined ? {} : { 'x-labels': labels }) };
      return (await openDataset(await temporaryFolder(files))).fingerprint;
    };
    const changed = idxImages(2, 4, 3);
    changed[changed.length - 1] ^= 1;
    const all = [
      await fingerprint(idxImages(2, 4, 3)),
      await fingerprint(changed),
      await fingerprint(idxBytes([2, 2, 6], idxImages(2, 4, 3).subarray(16))),
      await fingerprint(idxImages(2, 4, 3), idxBytes([2], [0, 1])),
      await fingerprint(idxImages(2, 4, 3), idxBytes([2], [1, 0])),
    ];
    expect(new Set(all).size).toBe(5);
    expect(all[0]).toMatch(/^[0-9a-f]{16}$/);
    expect(await fingerprint(gzipSync(idxImages(2, 4, 3)))).toBe(all[0]);
  });
});

describe('a damaged file is refused by name:', () => {
  const good = idxImages(5);
  const zipped = gzipSync(good);
  const flipped = Uint8Array.from(gzipSync(Buffer.alloc(3000, 'some bytes ')));
  flipped[20] ^= 0xff;
  it.each<[string, Uint8Array, string]>([
    ['empty', new Uint8Array(), 'it is empty'],
    ['truncated', good.subarray(0, 50), 'truncated: 5 × 4 × 3 pixels make 76 bytes, and it has 50'],
    ['too long', Buffer.concat([good, good]), 'too long'],
    ['header cut', good.subarray(0, 9), 'ends inside its header, after 9 of 16 bytes'],
    ['zip cut', zipped.subarray(0, zipped.length - 12), 'gzip data is truncated'],
    ['zip damaged', flipped, 'gzip data is damaged'],
    ['web page', Buffer.from('<html>Not found'), 'begins with 3c 68 74 6d'],
    ['archive', Buffer.from('PK\x03\x04xxxx'), 'ZIP archive, not an IDX file. Unpack it first'],
    ['labels', idxBytes([3], [1, 2, 3]), 'holds labels, not images'],
    ['floats', idxBytes([1, 1, 1], [0, 0, 0, 0], 0x0d), 'holds 32-bit floats'],
    ['more dimensions', idxBytes([1, 1, 1, 3], [0, 0, 0]), 'an array of 4 dimensions'],
    ['no images', idxBytes([0, 28, 28], []), 'promises no images'],
    ['absurd size', idxBytes([4e9, 4e9, 4e9], [1]), 'truncated'],
    ['large images', idxBytes([1, 300, 2], new Uint8Array(600)), '300 × 2 pixels, at most 256'],
  ])('%s', async (name, bytes, reason) => {
    const path = join(await temporaryFolder({ [name]: bytes }), name);
    const error: unknown = await openDataset(path).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'GantryError', code: 'DATA_INVALID' });
    expect(String(error)).toContain(path);
    expect(String(error)).toContain(reason);
  });

  it('one image', async () => {
    const path = join(
      await temporaryFolder({ 'cat.png': await plainImage('png', { r: 1, g: 2, b: 3 }) }),
      'cat.png',
    );
    await expect(openDataset(path)).rejects.toThrow('a PNG image, not an IDX file. Give the folder');
  });

  it('missing, or not in a folder', async () => {
    const folder = await temporaryFolder({ file: good });
    await expect(openDataset(join(folder, 'none'))).rejects.toThrow('no such file or folder');
    await expect(openDataset(join(folder, 'file', 'x'))).rejects.toMatchObject({ code: 'DATA_INVALID' });
  });

  it('labels of another number, or damaged, beside good images', async () => {
    const other = await temporaryFolder({ 'a-images': idxImages(3), 'a-labels': idxBytes([2], [0, 1]) });
    await expect(openDataset(other)).rejects.toThrow('2 labels for the 3 images of a-images');
    const damaged = await temporaryFolder({
      'a-images-idx3-ubyte': idxImages(3),
      'a-labels-idx1-ubyte': Buffer.from('<html>'),
    });
    await expect(openDataset(damaged)).rejects.toThrow('a-labels-idx1-ubyte');
  });

  it('a training set that is a web page, though a good test set lies beside it', async () => {
    const folder = await temporaryFolder({
      'train-images-idx3-ubyte.gz': Buffer.from('<html>'),
      't10k-images-idx3-ubyte.gz': gzipSync(idxImages(2)),
    });
    await expect(openDataset(folder)).rejects.toThrow('train-images-idx3-ubyte.gz');
  });
});
