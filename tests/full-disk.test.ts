/** A disk that is full, or cannot be written to, stops no training: what cannot be written is told of, and tried again. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConfig, presetConfig } from '@gantry/shared';
import { checkpointNames } from '../packages/coordinator/src/run/checkpoint.ts';
import { RunDirectory } from '../packages/coordinator/src/run/directory.ts';
import { MemoryDisk } from '../packages/coordinator/test/support/memory-disk.ts';
import type { Platform } from '../packages/worker/src/session/platform.ts';
import { patience, until, useSystem } from './support/gantry.ts';
import { claiming, trainInProcess, type Trained } from './support/in-process.ts';
import { mountSmallDisk } from './support/small-disk.ts';

const preset = presetConfig('ring');
const config = parseConfig({
  ...preset,
  schedule: { ...preset.schedule, iterations: 24 },
  checkpoint: { every: 1, keep: 2 },
  evaluation: { ...preset.evaluation, every: 2 },
});
const small = mountSmallDisk(4);
let undisturbed: Trained;

beforeAll(async () => {
  undisturbed = await trainInProcess({ config, platforms: [claiming(1)] });
}, patience);
afterAll(() => small?.unmount());

interface Trouble {
  begin(): void;
  end(): void;
}

/** A worker whose messages a test can keep for a while. */
class HeldWorker {
  readonly #held: (() => void)[] = [];
  #holding = false;

  readonly platform: Platform = {
    ...claiming(1),
    connect: (url) => {
      const socket = claiming(1).connect(url);
      const send = socket.send.bind(socket);
      return Object.assign(socket, {
        send: (data: string | Uint8Array<ArrayBuffer>): void => {
          if (this.#holding) this.#held.push(() => send(data));
          else send(data);
        },
      });
    },
  };

  hold(): void {
    this.#holding = true;
  }

  letGo(): void {
    this.#holding = false;
    for (const send of this.#held.splice(0)) send();
  }
}

/**
 * Trains with the disk failing from the 6th iteration on, to the 16th, and until that has been told. Returns what people
 * are told.
 */
async function trainThrough(
  directory: RunDirectory,
  trouble: Trouble,
): Promise<Trained & { readonly notices: readonly string[] }> {
  const notices: string[] = [];
  const worker = new HeldWorker();
  const told = (): true | null =>
    ['the checkpoint', 'events.jsonl'].every((what) =>
      notices.some((sentence) => sentence.startsWith(`Could not write ${what}`)),
    ) || null;
  /** On a busy machine files come later than steps, and one is to be there when the trouble begins. */
  const untilWritten = async (): Promise<void> => {
    worker.hold();
    const names = (): Promise<string[]> => checkpointNames(directory.checkpoints, directory.disk);
    await until('a checkpoint', async () => (await names()).at(0) ?? null);
    worker.letGo();
  };
  const endTrouble = async (): Promise<void> => {
    worker.hold();
    await until('it is told', told);
    trouble.end();
    worker.letGo();
  };
  const trained = await trainInProcess({
    config,
    platforms: [worker.platform],
    directory,
    notice: (sentence) => notices.push(sentence),
    watch: (run) =>
      run.onStep(({ iteration, phase }) => {
        if (phase !== 'generator') return;
        if (iteration === 5) void untilWritten();
        if (iteration === 6) trouble.begin();
        if (iteration === 16) void endTrouble();
      }),
  });
  return { ...trained, notices };
}

function expectUnharmed(trained: Trained & { readonly notices: readonly string[] }, reason: string): void {
  expect(trained.end.unsaved).toBeNull();
  expect(trained.checkpoint?.tensors).toEqual(undisturbed.checkpoint?.tensors);
  const starting = (text: string): string[] =>
    trained.notices.filter((sentence) => sentence.startsWith(text));
  expect(starting('Could not write the checkpoint')).toEqual([expect.stringContaining(reason)]);
  expect(starting('Could not write the checkpoint')[0]).toMatch(/The last good one is .*\.safetensors\.$/);
  expect(starting('Could not write events.jsonl')).toEqual([expect.stringContaining(reason)]);
  expect(starting('Writing checkpoints')).toEqual([
    expect.stringMatching(/^Writing checkpoints works again, after it failed (once|\d+ times)\.$/),
  ]);
  expect(starting('Writing events.jsonl')).toEqual(['Writing events.jsonl works again; no line is lost.']);
  // The rest are the two of a sample sheet, if one came then.
  expect(trained.notices.length).toBeLessThanOrEqual(6);
  // Lines waited, and are whole and in order.
  const steps = (all: Trained): unknown[] =>
    all.events.filter(({ type }) => type === 'step').map(({ version }) => version);
  expect(steps(trained)).toEqual(steps(undisturbed));
}

describe('training goes on', { timeout: patience }, () => {
  it.each(['full', 'read-only'] as const)('on a disk that is %s for a while', async (how) => {
    const disk = new MemoryDisk();
    const trained = await trainThrough(new RunDirectory('/runs/mine', disk), {
      begin() {
        if (how === 'full') disk.capacity = 0;
        else disk.readOnly = true;
      },
      end() {
        disk.capacity = Infinity;
        disk.readOnly = false;
      },
    });
    expectUnharmed(trained, how === 'full' ? 'ENOSPC' : 'EROFS');
  });

  it('on a disk that stays full, with the last good checkpoint kept, and says that the end is not saved', async () => {
    const disk = new MemoryDisk();
    const { end, notices, checkpoint } = await trainThrough(new RunDirectory('/runs/mine', disk), {
      begin: () => (disk.capacity = 0),
      end: () => undefined,
    });
    expect(end).toMatchObject({ outcome: 'complete', unsaved: expect.stringContaining('ENOSPC') });
    expect(checkpoint?.path).toBe(end.checkpoint);
    const { iteration = -1 } = checkpoint?.record.position ?? {};
    expect(iteration).toBeGreaterThanOrEqual(1);
    expect(iteration).toBeLessThanOrEqual(6);
    expect(notices.filter((sentence) => sentence.startsWith('Could not'))).toHaveLength(notices.length);
    expect(notices.length).toBeLessThanOrEqual(4);
  });
});

describe.runIf(small !== null)('on a real file system', { timeout: patience }, () => {
  const system = useSystem();
  const place = (name: string): string => join(small?.path ?? '', name);

  it('that is full for a while, training goes on', async () => {
    const trained = await trainThrough(new RunDirectory(place('mine')), {
      begin: () => small?.fill(),
      end: () => small?.free(),
    });
    expectUnharmed(trained, 'ENOSPC');
  });

  it('that cannot be written to, nothing begins, and it is said what to do', async () => {
    await new RunDirectory(place('held')).create(config);
    small?.makeReadOnly();
    const exits = [
      ['new', '--preset', 'ring'],
      ['held', '--resume'],
    ].map(([name, ...options]) => system.gantry(['start', '--run', place(name), ...options]).exit);
    for (const exit of await Promise.all(exits)) {
      expect(exit.code).toBe(2);
      expect(exit.stdout).not.toContain('Join');
      expect(exit.stderr).toMatch(
        /cannot be written to \(EROFS\)\. Make it writable, or name another directory with --run/,
      );
    }
  });
});
