/** Whatever is lost on the way, a run ends with the parameters of the run that nothing happened to. */
import { cp, readdir, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { errorRegistry, planModel, presetConfig, type PresenterMessage } from '@gantry/shared';
import { writeCheckpoint } from '../packages/coordinator/src/run/checkpoint.ts';
import { Trainer } from '../packages/coordinator/src/training/trainer.ts';
import { uniforms } from '../packages/shared/test/support/numbers.ts';
import {
  checkpointOf,
  childrenOf,
  completed,
  contributions,
  differences,
  eventsOf,
  isAlive,
  iterationsDone,
  logged,
  patience,
  standstill,
  summaryOf,
  until,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { presenterSays } from './support/doorstep.ts';
import { leftovers, trainKilled } from './support/killing.ts';
import { closeOf, holdBack, RawWorker } from './support/raw-worker.ts';
import { leastSleep } from '../packages/worker/src/session/sleep.ts';

const system = useSystem();

const options = ['--preset', 'digits-small', '--iterations', '16', '--set', 'checkpoint.every=3'];
const last = 16;
/** The run that nothing happens to: its directory. */
let undisturbed = '';

beforeAll(async () => {
  undisturbed = await system.train('undisturbed', ['--workers', '1', ...options]);
}, patience);

/** Two local workers, both of which have begun. */
async function startTwo(name: string): Promise<{
  coordinator: Awaited<ReturnType<typeof system.start>>;
  workers: readonly number[];
}> {
  const coordinator = await system.start(name, ['--workers', '2', ...options]);
  const gate = await holdBack(coordinator);
  await workerReady(coordinator.directory, 'this machine 1');
  await workerReady(coordinator.directory, 'this machine 2');
  const workers = childrenOf(coordinator.pid);
  expect(workers).toHaveLength(2);
  await gate.open();
  await iterationsDone(coordinator.directory, 2);
  return { coordinator, workers };
}

const resume = (name: string): Promise<string> => system.train(name, ['--workers', '1', '--resume']);

/** Longer than any hiccup, whatever the worker computes. Milliseconds. */
const asleep = leastSleep + 4000;

describe.concurrent('a run goes on', { timeout: patience }, () => {
  it('from its last checkpoint, when the coordinator is killed; its local workers end with it', async () => {
    const { coordinator, workers } = await startTwo('killed');
    const { directory } = coordinator;
    await logged(directory, 'a checkpoint', ({ type }) => type === 'checkpoint');
    expect(workers.every(isAlive)).toBe(true);
    coordinator.signal('SIGKILL');
    await coordinator.exit;
    expect((await checkpointOf(directory)).record.position.iteration).toBeLessThan(last);
    await until('the end of its workers', () => (workers.some(isAlive) ? null : true));

    await resume('killed');
    expect(await differences(directory, undisturbed)).toEqual([]);
    expect((await summaryOf(directory)).parametersChecksum).toBe(
      (await summaryOf(undisturbed)).parametersChecksum,
    );
    expect((await eventsOf(directory)).map(({ type }) => type)).toContain('resumed');
  });

  it('when the coordinator is killed again and again, also while it writes checkpoints', async () => {
    const killed = await trainKilled(system, 'killed-often', {
      kills: [3, 5],
      random: uniforms(7),
      options: [...options, '--set', 'checkpoint.every=1'],
      worker: 'local',
    });
    expect(killed.lost.length).toBeGreaterThan(0);
    expect(killed.lost.filter(({ beyondCheckpoint }) => beyondCheckpoint > 0)).toEqual([]);
    expect(killed.damaged).toEqual([]);
    expect(await leftovers(killed.directory)).toEqual([]);
    expect(await differences(killed.directory, undisturbed)).toEqual([]);
  });

  it('past a checkpoint that is damaged and one of another model, which is left', async () => {
    const directory = join(system.folder, 'damaged');
    await cp(undisturbed, directory, { recursive: true });
    const { path, record } = await checkpointOf(directory);
    await truncate(path, 5000);
    const ring = presetConfig('ring');
    const foreign = { ...record, version: record.version + 1 };
    const foreignPath = await writeCheckpoint(
      join(directory, 'checkpoints'),
      foreign,
      new Trainer(ring, planModel(ring)).tensors(),
    );
    const exit = await (await system.start('damaged', ['--workers', '1', '--resume'])).exit;
    const notes = exit.stdout.split('\n').filter((line) => line.startsWith('Note: Checkpoint '));
    expect(notes).toEqual([
      expect.stringMatching(/is not there\. It is left as it is\. Going back to the one before\.$/),
      expect.stringContaining(`${path} cannot be read: `),
    ]);
    expect(exit.stdout).toMatch(/^Resumed at iteration 15\.$/m);
    await rm(foreignPath); // it is there still
    expect(await differences(directory, undisturbed)).toEqual([]);
  });

  it('not with the configuration of another model, which leaves its checkpoints as they are', async () => {
    const directory = join(system.folder, 'changed');
    await cp(undisturbed, directory, { recursive: true });
    const before = await readdir(join(directory, 'checkpoints'));
    await writeFile(join(directory, 'config.json'), JSON.stringify(presetConfig('ring')));
    const exit = await system.gantry(['start', '--resume', '--run', directory]).exit;
    expect(exit.code).toBe(errorRegistry.CHECKPOINTS_UNUSABLE.exit);
    expect(exit.stderr).toContain(`No checkpoint in ${join(directory, 'checkpoints')} can be gone on from. `);
    expect(exit.stderr).toContain('Restore the config.json');
    expect(await readdir(join(directory, 'checkpoints'))).toEqual(before);
  });

  // Its nearest peer: "a restart lost all progress".
  it('with a worker of another machine, which outlives the coordinator and is the same one again', async () => {
    const killed = await trainKilled(system, 'outlived', {
      kills: [2, 8], // checkpoints come every 6 steps: the first kill is before any, and nobody is in one
      random: uniforms(11),
      options,
      worker: 'own',
    });
    expect(killed.lost.length).toBeGreaterThan(0);
    expect(killed.lost.filter(({ beyondCheckpoint }) => beyondCheckpoint > 0)).toEqual([]);
    expect((await killed.worker?.exit)?.code).toBe(0);
    // One worker, who is credited with all that there was to do.
    const [all] = Object.values(await contributions(undisturbed));
    expect(await contributions(killed.directory)).toEqual({ own: all });
    const joined = (await eventsOf(killed.directory)).filter(({ type }) => type === 'worker-joined');
    expect(new Set(joined.map(({ worker }) => worker)).size).toBe(1);
    expect(await differences(killed.directory, undisturbed)).toEqual([]);
  });

  it('after Ctrl-C, which says where the checkpoint is', async () => {
    const coordinator = await system.start('interrupted', ['--workers', '1', ...options]);
    const { directory } = coordinator;
    await iterationsDone(directory, 2);
    const { worker } = await RawWorker.join(coordinator, 'bystander');
    coordinator.signal('SIGINT');
    const exit = await coordinator.exit;
    // Tabs are to come back to the resumed run: nobody is told that it is finished.
    expect(await worker.closed).toEqual(closeOf('COORDINATOR_CLOSING'));
    expect(worker.unheard('finished')).toBe(0);
    expect(exit).toMatchObject({ code: 0, stderr: '' });
    const { path, record } = await checkpointOf(directory);
    expect(record.position.iteration).toBeLessThan(last);
    expect(exit.stdout).toContain(`Checkpoint: ${path}\n`);
    expect(exit.stdout).toContain(`npm start -- --resume --run ${directory}\n`);

    await resume('interrupted');
    expect(await differences(directory, undisturbed)).toEqual([]);
  });

  it('with what the presenter has set since the checkpoint, and with joining locked', async () => {
    const ring = ['--preset', 'ring', '--workers', '0'];
    const lengths = { discriminator: 3, generator: 1 };
    const coordinator = await system.start('presented', ring);
    const hello = ({ presenter }: Coordinator) => ({
      type: 'hello',
      token: new URL(presenter).hash.slice(1),
    });
    const actions = [
      { type: 'set-lengths', lengths },
      { type: 'lock-joining', locked: true },
    ];
    await presenterSays(coordinator, hello(coordinator), ...actions);
    await logged(coordinator.directory, 'the lock', ({ action }) => action === 'lock-joining');
    coordinator.signal('SIGKILL');
    await coordinator.exit;
    const again = await system.start('presented', ['--workers', '0', '--resume']);
    const { said } = await presenterSays(again, hello(again));
    const controls = await until('controls', () => {
      const all = said.map((text) => JSON.parse(text) as PresenterMessage);
      return all.find((message) => message.type === 'controls') ?? null;
    });
    expect(controls).toMatchObject({ lengths, locked: true, altered: true });
    again.signal('SIGKILL');
  });

  it('when a worker is killed in mid-step, whose lease goes to another', async () => {
    const { coordinator, workers } = await startTwo('lost-worker');
    const { directory } = coordinator;
    // Frozen first, so that it surely holds a lease when it dies. So is the other, which would race it.
    for (const worker of workers) system.freeze(worker);
    await standstill(directory);
    system.kill(workers[0]);
    system.thaw(workers[1]);
    const summary = await completed(coordinator);
    expect(summary.workers.lost).toBe(1);
    const left = await logged(
      directory,
      'it left',
      ({ type, forGood }) => type === 'worker-left' && forGood === false,
    );
    const expired = (await eventsOf(directory)).filter(
      ({ type, worker }) => type === 'lease-expired' && worker === left.worker,
    );
    expect(expired).toHaveLength(1);
    expect(summary.leases.expired).toBeGreaterThanOrEqual(1);
    expect(await differences(directory, undisturbed)).toEqual([]);
  });

  it('when a worker is frozen beyond its deadline, and with it when it wakes', async () => {
    const { coordinator, workers } = await startTwo('frozen-worker');
    const { directory } = coordinator;
    // Both: one would race the other's lease, and the run be over.
    for (const worker of workers) system.freeze(worker);
    const expired = await logged(
      directory,
      'a lease expired',
      // The two workers by hand that held the run back are 1 and 2.
      ({ type, worker }) => type === 'lease-expired' && (worker ?? 0) > 2,
    );
    for (const worker of workers) system.thaw(worker);
    const summary = await completed(coordinator);
    expect(summary.workers.lost).toBe(0);
    expect(await differences(directory, undisturbed)).toEqual([]);
    // Asked at the end, both hold what the coordinator holds.
    const replicas = (await eventsOf(directory)).filter(({ type }) => type === 'replica');
    expect(replicas.map(({ worker }) => worker)).toContain(expired.worker);
    expect(new Set(replicas.map(({ version, checksum }) => `${version} ${checksum}`)).size).toBe(1);
  });

  it('when its only worker falls asleep, which on waking is the same one at once', async () => {
    const coordinator = await system.start('asleep', ['--workers', '1', ...options]);
    const { directory, pid } = coordinator;
    await iterationsDone(directory, 2);
    const [worker] = childrenOf(pid);
    system.freeze(worker);
    const frozen = performance.now();
    await logged(directory, 'its lease expired', ({ type }) => type === 'lease-expired');
    await until('a sleep', () => (performance.now() - frozen > asleep ? true : null));
    system.thaw(worker);
    const thawed = performance.now();
    const back = await logged(directory, 'it is back', ({ slept }) => slept !== undefined);
    // Not after the silence by which it would notice a dead connection.
    expect(performance.now() - thawed).toBeLessThan(10_000);
    expect(back).toMatchObject({ type: 'worker-joined', name: 'this machine 1', back: true });
    expect(back.slept).toBeGreaterThanOrEqual(leastSleep / 1000);
    const { leases } = await completed(coordinator);
    // Of the lease that it slept through, nothing came.
    expect(leases).toMatchObject({ expired: 1, rejected: 0, duplicate: 0 });
    expect(await differences(directory, undisturbed)).toEqual([]);
    // All of the work counts for one worker: it kept its history.
    expect(await contributions(directory)).toEqual(await contributions(undisturbed));
  });
});

describe('a run is repeated', { timeout: patience }, () => {
  it('by its own config.json', async () => {
    const again = await system.train('again', [
      '--workers',
      '1',
      '--config',
      join(undisturbed, 'config.json'),
    ]);
    expect(await differences(again, undisturbed)).toEqual([]);
    expect((await summaryOf(again)).parametersChecksum).toBe(
      (await summaryOf(undisturbed)).parametersChecksum,
    );
  });
});
