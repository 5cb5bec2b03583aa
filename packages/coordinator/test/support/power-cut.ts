/** A run's files from its start to its end, with the power going before any one of their operations. */
import { join } from 'node:path';
import {
  parseConfig,
  presetConfig,
  sheetBytes,
  startPosition,
  type Frame,
  type Tensor,
} from '@gantry/shared';
import { freshStart } from '../../src/core/transition.ts';
import { Archive } from '../../src/run/archive.ts';
import { latestCheckpoint, type Checkpoint, type CheckpointRecord } from '../../src/run/checkpoint.ts';
import { RunDirectory, type RunLock } from '../../src/run/directory.ts';
import type { Identity } from '../../src/run/registry.ts';
import { MemoryDisk, type Random } from './memory-disk.ts';

const path = '/home/runs/mine';
const config = parseConfig({ ...presetConfig('ring'), checkpoint: { every: 1, keep: 2 } });
const workers: Identity[] = [{ id: 1, token: 'secret', name: 'Heron', kind: 'tab' }];

/** Two sectors and more, other numbers in each version. */
export const tensorsOf = (version: number): Map<string, Tensor> =>
  new Map([['weights', { shape: [300], data: new Float32Array(300).fill(version + 0.5) }]]);

export const recordOf = (version: number): CheckpointRecord => ({
  format: 1,
  version,
  position: { ...startPosition, iteration: version / 2 },
  optimizerSteps: { discriminator: version / 2, generator: version / 2 },
  counters: freshStart.counters,
  seconds: 1,
  bytes: { up: 0, down: 0 },
  losses: { discriminator: null, generator: null },
  workers: [],
});

const noPlace = { incarnation: 1, version: 0, base: 0, lease: 1, replica: 0, took: 0 };

/** As a worker sends it, all points at the origin. */
export const sheetFrame = (count: number): Frame => ({
  header: { kind: 'evaluation', phase: 'generator', codec: 'float32', count, ...noPlace },
  payload: new Uint8Array(sheetBytes(config.data, count)),
});

export interface Progress {
  /** Version of the checkpoint that was written last; 0: none. */
  safe: number;
  /** Version that is being written, or was last. */
  attempted: number;
  /** Types of the lines logged before the safe checkpoint. */
  logged: number;
}

async function begin(directory: RunDirectory): Promise<RunLock> {
  await directory.checkNew();
  return directory.begin(config);
}

/** Does all that a run does with its files. */
async function writeRun(disk: MemoryDisk, iterations: number, progress: Progress): Promise<void> {
  const directory = new RunDirectory(path, disk);
  const lock = await begin(directory);
  const archive = new Archive(directory, config, () => undefined, null);
  archive.open();
  archive.log({ type: 'started' });
  archive.workers(() => workers);
  let logged = 1;
  for (let version = 2; version <= 2 * iterations; version += 2) {
    progress.attempted = version;
    archive.log({ type: 'step', version: version - 2 });
    archive.log({ type: 'step', version: version - 1 });
    logged += 2;
    archive.checkpoint(recordOf(version), () => tensorsOf(version), true);
    if (version === 4) archive.sheet(sheetFrame(10), version / 2, () => undefined);
    // oxlint-disable-next-line no-await-in-loop -- training waits for no file, but this is to know what is safe
    await archive.settled();
    if (archive.unsaved !== null) return; // the power is gone
    Object.assign(progress, { safe: version, logged });
  }
  await archive.close({ ...summary }, 'complete');
  await lock.release();
}

const summary = {} as Parameters<Archive['close']>[0];

/**
 * Operations of a run that nothing happens to.
 *
 * @param iterations - each with a checkpoint; from the third on, the oldest is removed
 */
export async function countOperations(iterations: number): Promise<number> {
  const disk = new MemoryDisk();
  await writeRun(disk, iterations, { safe: 0, attempted: 0, logged: 0 });
  return disk.operations;
}

/** What went wrong, in a sentence each; none: all is well. */
export type Complaints = string[];

/** Cuts the power before one operation. @param random - of each way in which it may leave the disk */
export async function cutBefore(
  operation: number,
  iterations: number,
  randoms: readonly Random[],
): Promise<Complaints> {
  const disk = new MemoryDisk();
  const progress: Progress = { safe: 0, attempted: 0, logged: 0 };
  let what = '';
  disk.before = (kind, place) => {
    if (disk.operations < operation) return;
    what ||= `${kind} ${place}`;
    throw new Error('The power is gone');
  };
  await writeRun(disk, iterations, progress).catch(() => undefined);
  const found = await Promise.all(randoms.map((random) => findAgain(disk.withoutPower(random), progress)));
  return found.flat().map((complaint) => `Before "${what}": ${complaint}`);
}

/** Starts again on what is left. */
async function findAgain(disk: MemoryDisk, { safe, attempted, logged }: Progress): Promise<Complaints> {
  const complaints: Complaints = [];
  const expect = (holds: boolean, complaint: string): void => {
    if (!holds) complaints.push(complaint);
  };
  const directory = new RunDirectory(path, disk);
  const begun = (await disk.names(path).catch((): string[] => [])).includes('config.json');
  if (!begun) {
    expect(safe === 0, 'the run is gone');
    await begin(directory).catch((error: unknown) => complaints.push(`it cannot be begun: ${String(error)}`));
    return complaints;
  }
  try {
    expect(
      JSON.stringify(await directory.readConfig()) === JSON.stringify(config),
      'the configuration differs',
    );
    await directory.lock();
  } catch (error) {
    return [`it cannot be resumed: ${String(error)}`];
  }
  const checkpoint = await latestCheckpoint(
    directory.checkpoints,
    ({ message }) => complaints.push(`torn: ${message}`),
    undefined,
    disk,
  );
  const version = checkpoint?.record.version ?? 0;
  expect(version === safe || version === attempted, `version ${version} instead of ${safe} or ${attempted}`);
  expect(checkpoint === null || isWhole(checkpoint), `version ${version} holds other numbers`);
  expect((await directory.readWorkers()) !== null, 'workers.json is torn');
  for (const place of [path, directory.checkpoints, directory.samples]) {
    // oxlint-disable-next-line no-await-in-loop -- three
    const names = await disk.names(place);
    expect(!names.some((name) => name.endsWith('.tmp')), `${place} has leftovers: ${names.join(', ')}`);
  }
  for (const file of [directory.summary, join(directory.samples, '00000002.png')]) {
    // oxlint-disable-next-line no-await-in-loop -- two
    const text = await disk.read(file).then((bytes) => Buffer.from(bytes).toString('latin1'), () => null); // prettier-ignore
    expect(text === null || text.endsWith('}\n') || text.includes('IEND'), `${file} is torn`);
  }
  await expectLog(directory, logged, expect);
  return complaints;
}

const isWhole = ({ record: { version }, tensors }: Checkpoint): boolean =>
  tensors.get('weights')?.data.every((x) => x === version + 0.5) ?? false;

/** Goes on with the log, and looks at its lines. */
async function expectLog(
  directory: RunDirectory,
  logged: number,
  expect: (holds: boolean, complaint: string) => void,
): Promise<void> {
  const archive = new Archive(directory, config, (sentence) => expect(false, sentence), null);
  archive.open();
  archive.log({ type: 'resumed' });
  await archive.close(summary, 'stopped');
  const lines = Buffer.from(await directory.disk.read(directory.events))
    .toString()
    .split('\n')
    .slice(0, -1);
  let types: string[] = [];
  try {
    types = lines.map((line) => (JSON.parse(line) as { type: string }).type);
  } catch (error) {
    expect(false, `events.jsonl has half a line: ${String(error)}`);
  }
  expect(types.slice(-2).join() === 'resumed,stopped', 'events.jsonl does not go on');
  const before = types.slice(0, -2).filter((type) => type === 'started' || type === 'step').length;
  expect(before >= logged, `events.jsonl lost lines of before the checkpoint: ${before} of ${logged}`);
}
