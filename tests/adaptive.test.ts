/** An adaptive schedule is a function of the run so far: neither workers nor interruptions change it. */
import { beforeAll, describe, expect, it } from 'vitest';
import {
  checkpointOf,
  differences,
  eventsOf,
  iterationsDone,
  patience,
  useSystem,
  workerReady,
} from './support/gantry.ts';
import { holdBack } from './support/raw-worker.ts';

const system = useSystem();
const iterations = 40;
/** Bounds so narrow that the schedule changes all the time. */
const settings = [
  'schedule.adaptive.enabled=true',
  'schedule.adaptive.most=3',
  'schedule.adaptive.lower=0.58',
  'schedule.adaptive.upper=0.6',
  'batch.microbatch=32',
];
const options = ['--preset', 'ring', '--iterations', String(iterations)].concat(
  settings.flatMap((setting) => ['--set', setting]),
);

/** Every change of the schedule. */
const changesOf = async (directory: string): Promise<unknown[]> =>
  (await eventsOf(directory))
    .filter(({ type }) => type === 'schedule-changed')
    .map((event) => ({ ...event, time: 0 }));

let undisturbed = '';
beforeAll(async () => {
  undisturbed = await system.train('undisturbed', ['--workers', '1', ...options]);
}, patience);

describe('an adaptive schedule', { timeout: patience }, () => {
  it('changes, and says so', async () => {
    const changes = await changesOf(undisturbed);
    expect(changes.length).toBeGreaterThan(5);
    const { record } = await checkpointOf(undisturbed);
    expect(record.position.iteration).toBe(iterations);
    expect(record.version).toBeGreaterThan(2 * iterations);
  });

  it('is the same for two workers as for one, and goes on after Ctrl-C where it stood', async () => {
    const coordinator = await system.start('two', ['--workers', '2', ...options]);
    const { directory } = coordinator;
    const gate = await holdBack(coordinator);
    await Promise.all([1, 2].map((i) => workerReady(directory, `this machine ${i}`)));
    await gate.open();
    await iterationsDone(directory, 5);
    coordinator.signal('SIGINT');
    await coordinator.exit;
    const { record } = await checkpointOf(directory);
    expect(record.position.iteration).toBeLessThan(iterations);
    expect(record.balance?.accuracy).toBeGreaterThan(0);
    await system.train('two', ['--workers', '1', '--resume']);
    expect(await differences(directory, undisturbed)).toEqual([]);
    expect(await changesOf(directory)).toEqual(await changesOf(undisturbed));
  });
});
