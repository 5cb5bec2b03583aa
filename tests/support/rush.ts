/** Many workers that join within seconds, work, and leave again: shared by the short and the long form. */
import { LightWorker } from './crowd.ts';
import { eventsOf, until, type Exit, type System } from './gantry.ts';
import { Inspected, mostResident, withoutInspector, type Held } from './inspected.ts';

export interface Rush {
  /** Milliseconds of the slowest join and the median one, from the first knock to the welcome. */
  readonly slowest: number;
  readonly median: number;
  /** Workers that had a lease. */
  readonly worked: number;
  /** Steps done meanwhile. */
  readonly steps: number;
  readonly before: Held;
  readonly after: Held;
  /** MB that the coordinator had resident at the most. */
  readonly most: number;
  /** Types of what was logged. */
  readonly logged: ReadonlySet<string>;
  readonly exit: Exit;
}

/** @param within - milliseconds in which all knock */
export async function rush(system: System, name: string, workers: number, within: number): Promise<Rush> {
  const inspected = await Inspected.prepare();
  // A block for everybody, and more iterations than anybody waits for.
  const settings = ['batch.global=1024', 'batch.microbatch=4', 'evaluation.every=100000'];
  const options = ['--workers', '0', '--preset', 'ring', '--iterations', '100000'].concat(
    settings.flatMap((setting) => ['--set', setting]),
  );
  const coordinator = await system.start(name, options, undefined, inspected.environment);
  const before = await inspected.held(coordinator.pid);
  const crowd: LightWorker[] = [];
  for (let i = 0; i < workers; i++) {
    crowd.push(new LightWorker(coordinator, `pupil ${i}`, { pace: 5 }));
    // oxlint-disable-next-line no-await-in-loop -- spread over the time
    await new Promise((resolve) => setTimeout(resolve, within / workers));
  }
  await Promise.all(crowd.map(({ joined }) => joined));
  const worked = (): number => crowd.filter(({ leases }) => leases > 0).length;
  await until('everybody had something to do', () => (worked() === workers ? true : null));
  // Half of them say goodbye, half are switched off; spread as they came.
  for (const [i, worker] of crowd.entries()) {
    if (i % 2 === 0) worker.leave();
    else worker.vanish();
    // oxlint-disable-next-line no-await-in-loop
    await new Promise((resolve) => setTimeout(resolve, within / workers / 2));
  }
  await Promise.all(crowd.map(({ closed }) => closed));
  const events = await until('the log has them all leave', async () => {
    const found = await eventsOf(coordinator.directory);
    return found.filter(({ type }) => type === 'worker-left').length === workers ? found : null;
  });
  const after = await inspected.held(coordinator.pid);
  const most = await mostResident(coordinator.pid);
  inspected.close();
  coordinator.signal('SIGINT');
  const exit = await coordinator.exit;
  const knocking = crowd.map((worker) => worker.knocking).sort((a, b) => a - b);
  return {
    slowest: knocking[workers - 1],
    median: knocking[workers >> 1],
    worked: worked(),
    steps: events.filter(({ type }) => type === 'step').length,
    before,
    after,
    most,
    logged: new Set(events.map(({ type }) => type)),
    exit: { ...exit, stderr: withoutInspector(exit.stderr) },
  };
}
