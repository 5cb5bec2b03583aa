import { mkdir, mkdtemp, readdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { compressFiles } from '../src/pages/compress.ts';
import { fingerprint } from '../src/pages/sources.ts';

let root = '';
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'gantry-pages-'));
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('whether a page is stale', () => {
  const sources = (): Promise<string> => fingerprint([join(root, 'src'), join(root, 'lock.json')], root);
  beforeEach(async () => {
    await mkdir(join(root, 'src', 'deep'), { recursive: true });
    await writeFile(join(root, 'src', 'deep', 'a.ts'), 'one');
    await writeFile(join(root, 'lock.json'), '{}');
  });

  test('contents, names and new files of its sources make it so', async () => {
    const seen = new Set([await sources()]);
    await writeFile(join(root, 'src', 'deep', 'a.ts'), 'two');
    seen.add(await sources());
    await rename(join(root, 'src', 'deep', 'a.ts'), join(root, 'src', 'deep', 'b.ts'));
    seen.add(await sources());
    await writeFile(join(root, 'src', 'c.ts'), '');
    seen.add(await sources());
    expect(seen.size).toBe(4);
  });

  test('times do not', async () => {
    const before = await sources();
    await utimes(join(root, 'lock.json'), new Date(), new Date(Date.now() + 60_000));
    expect(await sources()).toBe(before);
  });
});

test('text and WebAssembly are compressed beside themselves, where that saves something', async () => {
  const text = 'gantry '.repeat(1000);
  await mkdir(join(root, 'assets'));
  await writeFile(join(root, 'assets', 'a.js'), text);
  await writeFile(join(root, 'assets', 'tiny.css'), 'a{}');
  await writeFile(join(root, 'picture.png'), text);
  await compressFiles(root);
  expect((await readdir(root, { recursive: true })).filter((name) => name.endsWith('.gz'))).toEqual([
    join('assets', 'a.js.gz'),
  ]);
  expect(gunzipSync(await readFile(join(root, 'assets', 'a.js.gz'))).toString()).toBe(text);
});
