/**
 * Faults of one client that left the others of the nearest comparable system hanging for ever. Here each costs a step at
 * most, and the run ends. The clients are light: what they are at is the coordinator.
 */
import { describe, expect, it } from 'vitest';
import { parseConfig, presets } from '@gantry/shared';
import { LightWorker, type Light } from './support/crowd.ts';
import { FaultyLink } from './support/faulty-link.ts';
import {
  eventsOf,
  logged,
  patience,
  until,
  useSystem,
  workerReady,
  type LoggedEvent,
} from './support/gantry.ts';
import { serveInProcess, type Served } from './support/in-process.ts';

const system = useSystem();
/** Eight blocks a step, for three to share. */
const config = parseConfig({
  ...presets.ring,
  batch: { ...presets.ring.batch, microbatch: 16 },
  schedule: { ...presets.ring.schedule, iterations: 20 },
});
const steps = 2 * config.schedule.iterations;
/** Milliseconds a block, so that three are worth their links. */
const pace = 10;

/** Begins when three are ready. */
async function serve(): Promise<Served> {
  const served = await serveInProcess({ config, waitFor: 3 });
  served.run.begin();
  return served;
}

const join = async (served: Pick<Served, 'url'>, name: string, light: Light = {}): Promise<LightWorker> => {
  const worker = new LightWorker(served, name, { pace, ...light });
  await worker.joined;
  return worker;
};

/** The run ends, no step of it is missing, and the coordinator closes. @returns its log */
async function expectAllSteps(served: Served): Promise<readonly LoggedEvent[]> {
  expect(await served.run.ended).toMatchObject({ outcome: 'complete' });
  const events = await eventsOf(served.directory.path);
  await served.close();
  const done = events.filter(({ type }) => type === 'step').map(({ version }) => version);
  expect(done).toEqual(Array.from({ length: steps }, (_, i) => i));
  return events;
}

const countOf = (events: readonly LoggedEvent[], type: string, worker: number): number =>
  events.filter((event) => event.type === type && event.worker === worker).length;

describe.concurrent('the others do not hang', { timeout: patience }, () => {
  it('for a client killed after the others had submitted', async () => {
    const served = await serve();
    const [one, other] = [await join(served, 'one'), await join(served, 'other')];
    const victim = await join(served, 'victim', { answers: () => false });
    await until('its lease', () => (victim.leases > 0 ? true : null));
    const { worker } = await victim.joined;
    // The others' parts are in, and it is its part that the step lacks.
    const ofVictim = (event: LoggedEvent): boolean => event.type === 'lease-late' && event.worker === worker;
    await logged(served.directory.path, 'its late lease', ofVictim);
    victim.vanish();
    const events = await expectAllSteps(served);
    expect(countOf(events, 'worker-left', worker)).toBe(1);
    expect(one.leases + other.leases).toBeGreaterThanOrEqual(steps);
  });

  it('for a frozen client', async () => {
    const served = await serve();
    const sleeper = system.gantry(['work', served.url, '--name', 'sleeper']);
    await workerReady(served.directory.path, 'sleeper');
    system.freeze(sleeper.pid);
    await join(served, 'one');
    await join(served, 'other');
    const events = await expectAllSteps(served);
    const { worker = 0 } = events.find(({ name }) => name === 'sleeper') ?? {};
    // One lease of a step at the most, and the sheet's: then it is asked for nothing more.
    expect(countOf(events, 'lease-late', worker)).toBeLessThanOrEqual(1);
    expect(countOf(events, 'lease-expired', worker)).toBeLessThanOrEqual(1);
    system.kill(sleeper.pid);
  });

  it('for an idle client, which takes a lease and never answers', async () => {
    const served = await serve();
    const idle = await join(served, 'idle', { answers: () => false });
    await join(served, 'one');
    await join(served, 'other');
    const events = await expectAllSteps(served);
    const { worker } = await idle.joined;
    expect(idle.leases).toBe(1);
    expect(countOf(events, 'lease-late', worker)).toBe(1);
  });

  it('for a client whose network vanished, nor does the coordinator when all is done', async () => {
    const served = await serve();
    const link = await FaultyLink.open(served.url);
    const lost = await join(link, 'lost');
    await join(served, 'one');
    await join(served, 'other');
    await until('it has worked', () => (lost.leases > 2 ? true : null));
    link.mute(true);
    const events = await expectAllSteps(served);
    const { time = 0 } = events.find(({ type }) => type === 'finished') ?? {};
    // `ws` alone waits for half a minute for a peer to answer its close.
    expect(Date.now() - time).toBeLessThan(15_000);
    await link.close();
    await lost.closed;
  });

  it('for a client that joins, and is never ready', async () => {
    const served = await serve();
    const guest = await join(served, 'guest', { ready: false });
    for (const name of ['one', 'two', 'three']) {
      // oxlint-disable-next-line no-await-in-loop -- numbers follow names
      await join(served, name);
    }
    await expectAllSteps(served);
    expect(guest.leases).toBe(0);
  });
});
