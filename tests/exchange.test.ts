/**
 * Batch norm by the statistics of the global batch, over real sockets: workers stop at each layer and exchange. Whoever
 * shares the work, and whoever is lost in the middle of it, the run ends with the same bits.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  exchangeLength,
  exchangesOf,
  floatsAt,
  headerBytes,
  newFrame,
  sealFrame,
  type LeaseMessage,
  type WelcomeMessage,
} from '@gantry/shared';
import {
  childrenOf,
  completed,
  contributions,
  differences,
  eventsOf,
  iterationsDone,
  logged,
  patience,
  standstill,
  summaryOf,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { closeOf, holdBack, RawWorker } from './support/raw-worker.ts';

const system = useSystem();
const options = ['--preset', 'digits-small', '--set', 'batchNorm.statistics=global', '--iterations', '4'];
const localNames = (workers: number): string[] =>
  Array.from({ length: workers }, (_, i) => `this machine ${i + 1}`);

/** The run of one worker that nothing happens to: its directory. */
let undisturbed = '';

beforeAll(async () => {
  undisturbed = await system.train('undisturbed', ['--workers', '1', ...options]);
}, patience);

/** So many local workers, held at the first step until all are there. */
async function startTogether(name: string, workers: number) {
  const coordinator = await system.start(name, ['--workers', String(workers), ...options]);
  const gate = await holdBack(coordinator);
  await Promise.all(localNames(workers).map((each) => workerReady(coordinator.directory, each)));
  return { coordinator, gate };
}

async function expectUndisturbed({ directory }: Coordinator): Promise<void> {
  expect(await differences(directory, undisturbed)).toEqual([]);
  expect((await summaryOf(directory)).parametersChecksum).toBe(
    (await summaryOf(undisturbed)).parametersChecksum,
  );
}

/** Equal results mean nothing where one worker did it all. */
async function expectAllWorked({ directory }: Coordinator, workers: number) {
  const done = await contributions(directory);
  for (const each of localNames(workers)) expect(done[each], each).toBeGreaterThan(0);
  return done;
}

/** A lease's contribution to an exchange: so many numbers a block, all `value`. */
function contribution(
  { incarnation }: WelcomeMessage,
  { lease, version, phase, blocks }: LeaseMessage,
  exchange: number,
  numbers: number,
  value: number,
): Uint8Array<ArrayBuffer> {
  const frame = newFrame(
    {
      kind: 'contribution',
      codec: 'float32',
      incarnation,
      lease,
      version,
      phase,
      count: exchange,
      replica: 0,
    },
    4 * blocks.length * numbers,
  );
  floatsAt(frame, headerBytes, blocks.length * numbers).fill(value);
  return sealFrame(frame);
}

describe.concurrent('global statistics', { timeout: patience }, () => {
  it('train to the same bits with three workers, and say what exchanging cost', async () => {
    const { coordinator, gate } = await startTogether('together', 3);
    // Ready and far too slow: there is no block for it.
    const { worker: idle } = await RawWorker.join(coordinator, 'idle');
    idle.ready(1_000_000);
    await gate.open();
    await completed(coordinator);
    await expectUndisturbed(coordinator);
    expect((await expectAllWorked(coordinator, 3)).idle).toBe(0);
    expect(idle.unheard('lease')).toBe(0);

    const steps = (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'step');
    expect(steps).toHaveLength(8);
    for (const step of steps) {
      // digits-small has two batch norms in the generator and one in the discriminator.
      expect(step.exchanges).toBe(step.phase === 'discriminator' ? 4 : 6);
      expect(step.exchangeMilliseconds).toBeGreaterThan(0);
      expect(step.exchangeBytesUp).toBeGreaterThan(step.exchangeBytesDown ?? Infinity);
      expect(step.exchangeBytesDown).toBeGreaterThan(4 * headerBytes);
    }
  });

  it('train to the same bits when a worker freezes in mid-pass, and another is killed there', async () => {
    const { coordinator, gate } = await startTogether('lost', 2);
    const { directory, pid } = coordinator;
    const [sleeper, victim] = childrenOf(pid);
    await gate.open();
    await iterationsDone(directory, 1);
    system.freeze(sleeper);
    const late = await logged(
      directory,
      'a step begun anew',
      ({ type, reason }) => type === 'step-restarted' && reason === 'expired',
    );
    system.thaw(sleeper);
    system.freeze(victim);
    await standstill(directory);
    system.kill(victim);
    const summary = await completed(coordinator);
    await expectUndisturbed(coordinator);
    const restarts = (await eventsOf(directory)).filter(({ type }) => type === 'step-restarted');
    // The first is that of the worker by hand that held the run back.
    expect(restarts.slice(1)).toMatchObject([{ reason: 'expired' }, { reason: 'left' }]);
    expect(restarts[2].worker).not.toBe(late.worker);
    expect(summary.leases.revoked).toBeGreaterThan(0);
    expect(summary.leases.rejected).toBe(0);
    // It was free again when it woke, and none of its messages was refused.
    const events = await eventsOf(directory);
    expect(events.filter(({ type }) => type === 'refused' || type === 'worker-unable')).toEqual([]);
  });

  it('train to the same bits with two workers, whatever others contribute that cannot be right, and when one leaves', async () => {
    const { coordinator, gate } = await startTogether('hostile', 2);
    const { directory } = coordinator;
    const paces = (await eventsOf(directory)).flatMap(({ type, pace }) =>
      type === 'worker-ready' && pace !== undefined ? [pace] : [],
    );
    const join = async (name: string, pace: number) => {
      const joined = await RawWorker.join(coordinator, name);
      joined.worker.ready(pace);
      return joined;
    };
    // So fast that the first three get all there is; the last shares it with the good ones.
    const { worker: one, welcome, model } = await join('wrong size', 0.01);
    const { worker: two } = await join('wrong order', 0.01);
    const { worker: three } = await join('not a number', 0.01);
    const { worker: four } = await join('leaves', Math.min(...paces));
    const specs = exchangesOf(model, 'discriminator', welcome.config.loss);
    const [first, second] = specs.map(exchangeLength);
    const expectAside = async (worker: RawWorker, says: string): Promise<void> => {
      expect((await worker.heard('refused')).message).toContain(says);
      expect(await worker.closed).toEqual(closeOf('PUT_ASIDE'));
    };
    /** Its next lease was called off; what comes for it is dropped, whatever it is. */
    const calledOff = async (worker: RawWorker): Promise<void> => {
      const lease = await worker.heard('lease');
      expect((await worker.heard('revoke')).lease).toBe(lease.lease);
      worker.send(contribution(welcome, lease, 9, 1, NaN));
    };
    await gate.open();
    one.send(contribution(welcome, await one.heard('lease'), 0, first + 1, 0));
    await expectAside(one, 'no contribution');
    await calledOff(two);
    two.send(contribution(welcome, await two.heard('lease'), 1, second, 0));
    await expectAside(two, 'exchange 1, the next one is 0');
    await calledOff(three);
    await calledOff(three);
    three.send(contribution(welcome, await three.heard('lease'), 0, first, NaN));
    await expectAside(three, 'not finite');
    four.send(contribution(welcome, await four.heard('lease'), 0, first, 0));
    expect((await four.received('merged')).payload.length).toBe(4 * first);
    await four.leave();

    const summary = await completed(coordinator);
    await expectUndisturbed(coordinator);
    await expectAllWorked(coordinator, 2);
    expect(summary.leases.rejected).toBe(3);
    // The three above, and what the good ones may have had on their way.
    expect(summary.leases.duplicate).toBeGreaterThanOrEqual(3);
    const restarts = (await eventsOf(directory)).filter(({ type }) => type === 'step-restarted');
    expect(restarts.map(({ reason }) => reason)).toEqual([
      'left',
      'rejected',
      'rejected',
      'rejected',
      'left',
    ]);
  });
});
