import { beforeEach, describe, expect, it } from 'vitest';
import { presetConfig } from '@gantry/shared';
import { Archive } from '../src/run/archive.ts';
import { RunDirectory } from '../src/run/directory.ts';
import type { Sheet } from '../src/run/sheet.ts';
import { MemoryDisk } from './support/memory-disk.ts';
import { recordOf, sheetFrame, tensorsOf } from './support/power-cut.ts';

const config = { ...presetConfig('ring'), checkpoint: { every: 1, keep: 2 } };

let disk: MemoryDisk;
let directory: RunDirectory;
let archive: Archive;
let notices: string[];

beforeEach(async () => {
  disk = new MemoryDisk();
  directory = new RunDirectory('/mine', disk);
  await directory.create(config);
  notices = [];
  archive = new Archive(directory, config, (sentence) => notices.push(sentence), null);
  archive.open();
});

async function checkpoint(version: number): Promise<void> {
  archive.checkpoint(recordOf(version), () => tensorsOf(version), false);
  await archive.settled();
}

const held = async (): Promise<string[]> => (await disk.names(directory.checkpoints)).toSorted();

describe('the archive', () => {
  it('on a full disk keeps the last good checkpoint, tells so once, tries again, and says when it works', async () => {
    for (const version of [2, 4]) await checkpoint(version);
    disk.capacity = 0;
    for (const version of [6, 8, 10]) await checkpoint(version);
    expect(await held()).toEqual(['000000002.safetensors', '000000004.safetensors']);
    expect(archive.lastCheckpoint).toBe('/mine/checkpoints/000000004.safetensors');
    expect(archive.unsaved).toMatch(/ENOSPC/);
    expect(notices).toEqual([
      expect.stringMatching(
        /^Could not write the checkpoint of version 6 \(ENOSPC: .*\)\. Training goes on, and the next one is another try\. The last good one is \/mine\/checkpoints\/000000004\.safetensors\.$/,
      ),
      expect.stringMatching(/^Could not write events\.jsonl \(ENOSPC: .*\)\. Training goes on/),
    ]);
    disk.capacity = Infinity;
    await checkpoint(12);
    expect(await held()).toEqual(['000000004.safetensors', '000000012.safetensors']);
    expect(archive.unsaved).toBeNull();
    expect(notices.slice(2).toSorted()).toEqual([
      'Writing checkpoints works again, after it failed 3 times.',
      'Writing events.jsonl works again; no line is lost.',
    ]);
  });

  it('tells anew of trouble that comes back', async () => {
    for (const version of [2, 4, 6, 8]) {
      disk.readOnly = version % 4 === 0;
      // oxlint-disable-next-line no-await-in-loop -- one after the other
      await checkpoint(version);
    }
    expect(notices.filter((sentence) => sentence.startsWith('Could not write the checkpoint'))).toHaveLength(
      2,
    );
  });

  it('takes a checkpoint for safe whose predecessors cannot be removed', async () => {
    disk.before = (operation) => {
      if (operation === 'remove') throw new Error('EPERM: not permitted');
    };
    for (const version of [2, 4, 6]) await checkpoint(version);
    expect(await held()).toHaveLength(3);
    expect(archive.lastCheckpoint).toBe('/mine/checkpoints/000000006.safetensors');
    expect(notices).toEqual([
      expect.stringMatching(/^Could not remove old checkpoints \(EPERM: not permitted\)/),
    ]);
  });

  it('on a full disk leaves sample sheets out, and draws the next one', async () => {
    const drawn: Sheet[] = [];
    const draw = async (iteration: number): Promise<void> => {
      archive.sheet(sheetFrame(4), iteration, (sheet) => drawn.push(sheet));
      await archive.settled();
    };
    disk.capacity = 0;
    for (const iteration of [1, 2]) await draw(iteration);
    expect(await disk.names(directory.samples)).toEqual([]);
    disk.capacity = Infinity;
    await draw(3);
    expect(await disk.names(directory.samples)).toEqual(['00000003.json', '00000003.png']);
    expect(drawn.map(({ iteration }) => iteration)).toEqual([3]);
    expect(notices.filter((sentence) => sentence.includes('sample sheet'))).toEqual([
      expect.stringMatching(/^Could not write the sample sheet of iteration 1 \(ENOSPC/),
      'Writing sample sheets works again, after it failed 2 times.',
    ]);
  });
});
