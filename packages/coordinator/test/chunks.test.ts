import { gunzipSync } from 'node:zlib';
import { dataManifest } from '@gantry/shared';
import fastify, { type FastifyInstance } from 'fastify';
import { describe, expect, it, onTestFinished } from 'vitest';
import { byteCache } from '../src/datasets/byte-cache.ts';
import { createChunks, datasetRoutes, type Dataset } from '../src/datasets/index.ts';
import { acceptsGzip } from '../src/datasets/routes.ts';

const dataset: Dataset = {
  source: 'images',
  size: 5,
  height: 1,
  width: 2,
  channels: 1,
  classes: Array.from({ length: 301 }, (_, i) => `class ${i}`),
  pixels: Uint8Array.from([0, 1, 10, 11, 20, 21, 30, 31, 40, 41]),
  labels: Uint16Array.from([0, 300, 2, 1, 255]),
  skipped: [],
  fingerprint: '0123456789abcdef',
};
const noLabels: Dataset = { ...dataset, labels: null, classes: [] };

describe('the chunks of a dataset', () => {
  it('hold pixels, then labels as little-endian uint16; the last holds the rest', async () => {
    const chunks = createChunks(dataset, 2);
    expect(chunks.count).toBe(3);
    expect([...gunzipSync(await chunks.chunk(0))]).toEqual([0, 1, 10, 11, 0, 0, 0x2c, 1]);
    expect([...gunzipSync(await chunks.chunk(2))]).toEqual([40, 41, 255, 0]);
    expect([...chunks.plainChunk(1)]).toEqual([20, 21, 30, 31, 2, 0, 1, 0]);
  });

  it('hold pixels alone without labels', () => {
    expect([...createChunks(noLabels, 4).plainChunk(1)]).toEqual([40, 41]);
  });

  it('are described by a manifest that fits the protocol', () => {
    const { manifest } = createChunks(dataset, 2);
    expect(dataManifest.parse(manifest)).toEqual(manifest);
    expect(manifest).toMatchObject({
      size: 5,
      chunkSize: 2,
      exampleBytes: 2,
      path: '/data/0123456789abcdef',
    });
  });

  it.each([
    [60_000, 28, 1, 334],
    [60_000, 64, 3, 21],
    [10, 28, 1, 10],
    [3, 1024, 3, 1],
  ])(
    'are of about 256 KiB: %i examples of %i pixels square and %i channels',
    (size, side, channels, most) => {
      const big = { ...noLabels, size, height: side, width: side, channels: channels as 1 | 3 };
      expect(createChunks(big).manifest.chunkSize).toBe(most);
    },
  );

  it('beyond the last are an error', async () => {
    const chunks = createChunks(dataset, 2);
    await expect(chunks.chunk(3)).rejects.toMatchObject({ code: 'INTERNAL' });
    expect(() => chunks.plainChunk(-1)).toThrow('chunk -1 was asked for, of 3');
  });
});

describe('the memory for zipped chunks', () => {
  it('makes each once, even when asked twice at once, and drops what was not asked for the longest', async () => {
    const made: number[] = [];
    const get = byteCache(30, async (index) => {
      made.push(index);
      return new Uint8Array(10).fill(index);
    });
    const [one, same] = await Promise.all([get(1), get(1)]);
    expect(one).toBe(same);
    await get(2);
    await get(3);
    await get(1);
    expect(made).toEqual([1, 2, 3]);
    await get(4);
    await get(1);
    await get(3);
    expect(made).toEqual([1, 2, 3, 4]);
    expect([...(await get(2)).subarray(0, 1)]).toEqual([2]);
    expect(made).toEqual([1, 2, 3, 4, 2]);
  });

  it('does not remember failures', async () => {
    let tries = 0;
    const get = byteCache(10, async () => {
      tries += 1;
      if (tries === 1) throw new RangeError('once');
      return new Uint8Array(1);
    });
    await expect(get(0)).rejects.toThrow('once');
    expect((await get(0)).length).toBe(1);
  });
});

describe('GET /data/:fingerprint/:chunk', () => {
  const serve = async (): Promise<FastifyInstance> => {
    const server = fastify();
    onTestFinished(() => server.close());
    await server.register(datasetRoutes, { chunks: createChunks(dataset, 2) });
    return server;
  };
  const url = '/data/0123456789abcdef/1';

  it('gives gzip to who takes it, to be kept for a year', async () => {
    const server = await serve();
    const reply = await server.inject({ url, headers: { 'accept-encoding': 'gzip, deflate, br' } });
    expect(reply.statusCode).toBe(200);
    expect(reply.headers).toMatchObject({
      'content-encoding': 'gzip',
      'content-type': 'application/octet-stream',
      'cache-control': 'public, max-age=31536000, immutable',
      vary: 'accept-encoding',
    });
    expect([...gunzipSync(reply.rawPayload)]).toEqual([20, 21, 30, 31, 2, 0, 1, 0]);
  });

  it('gives it plain to others', async () => {
    const reply = await (await serve()).inject({ url });
    expect(reply.headers['content-encoding']).toBeUndefined();
    expect(reply.headers.vary).toBe('accept-encoding');
    expect([...reply.rawPayload]).toEqual([20, 21, 30, 31, 2, 0, 1, 0]);
  });

  it('gives the labels of all examples, where there are any', async () => {
    const reply = await (await serve()).inject({ url: '/data/0123456789abcdef/labels' });
    expect(reply.statusCode).toBe(200);
    const labels = [...(dataset.labels ?? [])];
    expect([...reply.rawPayload]).toEqual(labels.flatMap((label) => [label & 0xff, label >> 8]));
    expect(labels.length).toBe(dataset.size);
    const server = fastify();
    onTestFinished(() => server.close());
    await server.register(datasetRoutes, { chunks: createChunks(noLabels, 2) });
    expect((await server.inject({ url: '/data/0123456789abcdef/labels' })).statusCode).toBe(404);
  });

  it('arrives whole through a real socket and fetch', async () => {
    const server = await serve();
    const address = await server.listen({ host: '127.0.0.1', port: 0 });
    const reply = await fetch(address + url);
    expect(reply.headers.get('content-encoding')).toBe('gzip');
    expect([...new Uint8Array(await reply.arrayBuffer())]).toEqual([20, 21, 30, 31, 2, 0, 1, 0]);
  });

  it.each([
    '/data/0123456789abcdef/3',
    '/data/0123456789abcdef/-1',
    '/data/0123456789abcdef/01',
    '/data/0123456789abcdef/1.0',
    '/data/0123456789abcdef/99999999999999999999',
    '/data/fedcba9876543210/1',
  ])('answers 404 in JSON, not to be kept: %s', async (path) => {
    const reply = await (await serve()).inject({ url: path });
    expect(reply.statusCode).toBe(404);
    expect(reply.headers['cache-control']).toBe('no-store');
    expect(reply.json()).toEqual({
      code: 'CHUNK_UNAVAILABLE',
      message: expect.stringContaining('no such data') as string,
    });
  });

  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP;q=0.5', true],
    ['gzip;q=0', false],
    ['gzip; q=0.0, *', false],
    ['*', true],
    ['identity, br', false],
    ['deflate, gzip;q=1.0, *;q=0.5', true],
  ])('reads Accept-Encoding "%s" as %s', (header, accepted) => {
    expect(acceptsGzip(header)).toBe(accepted);
  });
});
