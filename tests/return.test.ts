/** A run without workers waits, says so, and goes on; who comes back is who it was, and gets no more than it lacks. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { parseConfig, presets, type PresenterMessage, type RunConfig } from '@gantry/shared';
import { RunDirectory } from '../packages/coordinator/src/run/directory.ts';
import { LightWorker } from './support/crowd.ts';
import {
  completed,
  contributions,
  differences,
  eventsOf,
  logged,
  patience,
  until,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { serveInProcess, type Served } from './support/in-process.ts';
import { trainUndisturbed } from './support/undisturbed.ts';

const system = useSystem();
const ring = parseConfig({
  ...presets.ring,
  batch: { ...presets.ring.batch, microbatch: 32 },
  schedule: { ...presets.ring.schedule, iterations: 20 },
});

async function serve(config: RunConfig, directory?: RunDirectory): Promise<Served> {
  const served = await serveInProcess({ config, ...(directory && { directory }) });
  served.run.begin();
  return served;
}

async function finished(served: Served): Promise<void> {
  expect(await served.run.ended).toMatchObject({ outcome: 'complete' });
  await served.close();
}

/** What the presenter's page is told of the run, the latest last. */
function present({ url, presenter }: Coordinator): { readonly heard: PresenterMessage[]; close(): void } {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/present/socket`);
  const token = /#(?:token=)?(.+)$/.exec(presenter)?.[1] ?? '';
  const heard: PresenterMessage[] = [];
  socket.on('open', () => socket.send(JSON.stringify({ type: 'hello', token })));
  socket.on('message', (data) => heard.push(JSON.parse((data as Buffer).toString()) as PresenterMessage));
  return { heard, close: () => socket.close() };
}

describe.concurrent('a run without workers', { timeout: patience }, () => {
  it('waits, says so to terminal, presenter and workers, and goes on when one comes', async () => {
    const options = ['--preset', 'ring', '--set', 'batch.microbatch=32', '--iterations', '60'];
    const coordinator = await system.start('lonely', ['--workers', '0', ...options]);
    const page = present(coordinator);
    const onlooker = new LightWorker(coordinator, 'onlooker', { ready: false });
    await onlooker.joined;
    const status = (): string | undefined =>
      page.heard.findLast((message) => message.type === 'progress')?.status;
    const expectWaiting = async (iteration: number): Promise<void> => {
      await until('the presenter is told that the run waits', () => (status() === 'waiting' ? true : null));
      await until('so are workers', () => (onlooker.progress?.status === 'waiting' ? true : null));
      const line = `iteration ${iteration}/60 · waiting for workers\n`;
      await until('so is the terminal', () => (coordinator.stdout().includes(line) ? true : null));
    };
    await expectWaiting(0);

    // It answers ten leases, and is gone with the eleventh.
    const first = new LightWorker(coordinator, 'first', { answers: (nth) => nth <= 10 });
    const { worker, token } = await first.joined;
    await until('its eleventh lease', () => (first.leases === 11 ? true : null));
    await until('the presenter sees it train', () => (status() === 'running' ? true : null));
    first.vanish();
    await logged(coordinator.directory, 'it left', (event) => event.type === 'worker-left');
    await expectWaiting(5);

    const again = new LightWorker(coordinator, 'first', { token });
    expect(await again.joined).toMatchObject({ worker, token, name: 'first' });
    await completed(coordinator);
    // The same worker to the run: its microbatches from before count, four a step, in all 120 steps.
    expect(await contributions(coordinator.directory)).toEqual({ onlooker: 0, first: 480 });
    const joins = (await eventsOf(coordinator.directory)).filter((event) => event.worker === worker);
    expect(joins.filter(({ type }) => type === 'worker-joined').map(({ back }) => back)).toEqual([
      false,
      true,
    ]);
    page.close();
  });
});

describe.concurrent('a worker that comes back', { timeout: patience }, () => {
  it('gets one snapshot; while it was there, each network that changed, once', async () => {
    const served = await serve(ring);
    const first = new LightWorker(served, 'first', { answers: (nth) => nth <= 6 });
    const { token } = await first.joined;
    await until('its seventh lease', () => (first.leases === 7 ? true : null));
    // The sheet of iteration 0 comes first: the moving average, and what shows the discriminator.
    expect(first.frames).toEqual([...sheet, 'snapshot float32', ...deltas('float32', 6)]);
    first.vanish();
    const again = new LightWorker(served, 'first', { token });
    await again.joined;
    await finished(served);
    // Nothing of its replica is taken on trust over a new connection, and nothing is sent twice.
    const frames = again.frames.filter((frame) => !sheet.includes(frame));
    expect(frames).toEqual(['snapshot float32', ...deltas('float32', 34)]);
  });

  it('gets differences in the codec of the way down where it stays, one a step', async () => {
    const served = await serve({
      ...ring,
      codec: { ...ring.codec, down: 'int8' },
      evaluation: { ...ring.evaluation, every: 1000 },
    });
    const steady = new LightWorker(served, 'steady');
    await steady.joined;
    await finished(served);
    expect(steady.frames.filter((frame) => frame.startsWith('delta'))).toEqual(deltas('int8', 40));
  });

  it('is the same headless process to the run, where --state keeps who it is', async () => {
    const small = presets['digits-small'];
    const config = parseConfig({ ...small, schedule: { ...small.schedule, iterations: 16 } });
    const directory = new RunDirectory(join(system.folder, 'kept'));
    const { path } = directory;
    const served = await serve(config, directory);
    const begin = () => system.gantry(['work', served.url, '--name', 'kept', '--state', 'kept-state']);
    const before = begin();
    await workerReady(path, 'kept');
    await logged(path, 'a step', ({ type }) => type === 'step');
    before.signal('SIGKILL');
    await before.exit;
    const after = begin();
    await finished(served);
    expect(await after.exit).toMatchObject({ code: 0, stderr: '' });
    const joins = (await eventsOf(path)).filter(({ type }) => type === 'worker-joined');
    expect(joins.map(({ worker, name, back }) => [worker, name, back])).toEqual([
      [1, 'kept', false],
      [1, 'kept', true],
    ]);
    expect(await contributions(path)).toEqual({ kept: 16 * 2 * 4 });
    const undisturbed = await trainUndisturbed(path);
    expect(await differences(path, undisturbed)).toEqual([]);
  });
});

/** A frame a step, each of the network that the step before changed. */
/** What comes with a sheet of points. */
const sheet = ['ema float32', 'discriminator float32'];
const deltas = (codec: string, count: number): string[] =>
  Array.from({ length: count }, () => `delta ${codec}`);
