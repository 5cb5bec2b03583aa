/**
 * Faults of one client that left the others of the nearest comparable system hanging for ever. Here each costs a step at
 * most, and the run ends. The clients are light: what they are at is the coordinator.
 */
import { describe, expect, it } from 'vitest';
import { LightWorker, type Light } from './support/crowd.ts';
import { FaultyLink } from './support/faulty-link.ts';
import {
  completed,
  eventsOf,
  logged,
  patience,
  until,
  useSystem,
  workerReady,
  type Coordinator,
  type LoggedEvent,
} from './support/gantry.ts';

const system = useSystem();
const iterations = 20;
/** Milliseconds a block, so that three are worth their links. */
const pace = 10;
/** Eight blocks a step, for three to share. */
const options = [
  ['--workers', '0', '--wait-for', '3'],
  ['--preset', 'ring', '--iterations', String(iterations), '--set', 'batch.microbatch=16'],
].flat();

const start = (name: string): Promise<Coordinator> => system.start(name, options);

const join = async (coordinator: Coordinator, name: string, light: Light = {}): Promise<LightWorker> => {
  const worker = new LightWorker(coordinator, name, { pace, ...light });
  await worker.joined;
  return worker;
};

/** The run ends, and no step of it is missing. */
async function expectAllSteps(coordinator: Coordinator): Promise<void> {
  await completed(coordinator);
  const steps = (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'step');
  expect(steps.map(({ version }) => version)).toEqual(Array.from({ length: 2 * iterations }, (_, i) => i));
}

const countOf = async ({ directory }: Coordinator, type: string, worker: number): Promise<number> =>
  (await eventsOf(directory)).filter((event) => event.type === type && event.worker === worker).length;

describe.concurrent('the others do not hang', { timeout: patience }, () => {
  it('for a client killed after the others had submitted', async () => {
    const coordinator = await start('killed');
    const [one, other] = [await join(coordinator, 'one'), await join(coordinator, 'other')];
    const victim = await join(coordinator, 'victim', { answers: () => false });
    await until('its lease', () => (victim.leases > 0 ? true : null));
    const { worker } = await victim.joined;
    // The others' parts are in, and it is its part that the step lacks.
    const ofVictim = (event: LoggedEvent): boolean => event.type === 'lease-late' && event.worker === worker;
    await logged(coordinator.directory, 'its late lease', ofVictim);
    victim.vanish();
    await expectAllSteps(coordinator);
    expect(await countOf(coordinator, 'worker-left', worker)).toBe(1);
    expect(one.leases + other.leases).toBeGreaterThanOrEqual(2 * iterations);
  });

  it('for a frozen client', async () => {
    const coordinator = await start('frozen');
    const sleeper = system.gantry([
      'work',
      coordinator.url,
      '--code',
      coordinator.joinCode,
      '--name',
      'sleeper',
    ]);
    await workerReady(coordinator.directory, 'sleeper');
    system.freeze(sleeper.pid);
    await join(coordinator, 'one');
    await join(coordinator, 'other');
    await expectAllSteps(coordinator);
    const { worker = 0 } = await logged(coordinator.directory, 'it', ({ name }) => name === 'sleeper');
    // One lease of a step at the most, and the sheet's: then it is asked for nothing more.
    expect(await countOf(coordinator, 'lease-late', worker)).toBeLessThanOrEqual(1);
    expect(await countOf(coordinator, 'lease-expired', worker)).toBeLessThanOrEqual(1);
    system.kill(sleeper.pid);
  });

  it('for an idle client, which takes a lease and never answers', async () => {
    const coordinator = await start('idle');
    const idle = await join(coordinator, 'idle', { answers: () => false });
    await join(coordinator, 'one');
    await join(coordinator, 'other');
    await expectAllSteps(coordinator);
    const { worker } = await idle.joined;
    expect(idle.leases).toBe(1);
    expect(await countOf(coordinator, 'lease-late', worker)).toBe(1);
  });

  it('for a client whose network vanished, nor does the coordinator when all is done', async () => {
    const coordinator = await start('vanished');
    const link = await FaultyLink.open(coordinator.url);
    const { joinCode } = coordinator;
    const lost = new LightWorker({ url: link.url, joinCode }, 'lost', { pace });
    await lost.joined;
    await join(coordinator, 'one');
    await join(coordinator, 'other');
    await until('it has worked', () => (lost.leases > 2 ? true : null));
    link.mute(true);
    await expectAllSteps(coordinator);
    const { time = 0 } = await logged(coordinator.directory, 'the end', ({ type }) => type === 'finished');
    // `ws` alone waits for half a minute for a peer to answer its close.
    expect(Date.now() - time).toBeLessThan(15_000);
    await link.close();
    await lost.closed;
  });

  it('for a client that joins, and is never ready', async () => {
    const coordinator = await start('never-ready');
    const guest = await join(coordinator, 'guest', { ready: false });
    for (const name of ['one', 'two', 'three']) {
      // oxlint-disable-next-line no-await-in-loop -- numbers follow names
      await join(coordinator, name);
    }
    await expectAllSteps(coordinator);
    expect(guest.leases).toBe(0);
  });
});
