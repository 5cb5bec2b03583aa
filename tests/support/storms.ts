/** Runs in bad weather, and what must come of them: shared by the short and the long form. */
import { expect } from 'vitest';
import { faultKinds, faultSchedule, weather } from './chaos.ts';
import type { Fault, FaultKind, Storm, Survived } from './chaos.ts';
import { differences, eventsOf, type LoggedEvent, type System } from './gantry.ts';
import { trainUndisturbed } from './undisturbed.ts';

/** Twelve blocks a step, so that there is work for twelve; checkpoints and sheets in between. */
const settings = ['batch.global=48', 'batch.microbatch=4', 'checkpoint.every=10'];
export const crowdedDigits = ['--preset', 'digits-small', ...settings.flatMap((each) => ['--set', each])];

/** A part of a schedule, as JSON, that is played instead of the whole: to find out what of it matters. */
const given = process.env.GANTRY_FAULTS;

export async function stormyRun(
  system: System,
  name: string,
  options: readonly string[],
  storm: Storm,
): Promise<Survived & { readonly directory: string }> {
  const schedule = given === undefined ? faultSchedule(storm) : (JSON.parse(given) as readonly Fault[]);
  const iterations = ['--iterations', String(storm.steps / 2)];
  const coordinator = await system.start(name, ['--workers', '0', ...iterations, ...options]);
  const survived = await weather(system, coordinator, storm, schedule);
  return { ...survived, directory: coordinator.directory };
}

/** What to say where it went wrong, so that it can be repeated. */
const told = (storm: Storm): string =>
  `seed ${storm.seed}; the schedule, of which a part can be played with GANTRY_FAULTS='[…]': ${JSON.stringify(faultSchedule(storm))}`;

/** Milliseconds: the floor of deadlines. */
const deadline = 2000;

/** The run came to its end, every kind of fault happened, and the log shows what came of it. */
export function expectWeathered(storm: Storm, { injected, complaints, events, exit }: Survived): void {
  const about = told(storm);
  expect(exit, about).toMatchObject({ code: 0, stderr: '' });
  expect(complaints, about).toEqual([]);
  const ids = new Map(
    events.flatMap(({ type, name, worker }) => (type === 'worker-joined' ? [[name, worker] as const] : [])),
  );
  /** Whether some worker that such a fault happened to is told of like this. */
  const shows = (kinds: readonly FaultKind[], matches: (event: LoggedEvent) => boolean): boolean =>
    injected.some(
      ({ kind, name }) =>
        kinds.includes(kind) && events.some((event) => event.worker === ids.get(name) && matches(event)),
    );
  const leaves = (forGood: boolean) => (event: LoggedEvent) =>
    event.type === 'worker-left' && event.forGood === forGood;
  const comesBack = ({ type, back }: LoggedEvent): boolean => type === 'worker-joined' && back === true;
  const isLate = ({ type, after }: LoggedEvent): boolean =>
    type === 'lease-expired' && (after ?? 0) >= deadline;
  expect(
    {
      injected: faultKinds.filter((each) => injected.some(({ kind }) => kind === each)),
      'the killed are lost': shows(['kill'], leaves(false)),
      'the reloaded leave': shows(['reload'], leaves(true)),
      'the reloaded come back': shows(['reload'], comesBack),
      'the cut off are lost': shows(['reset'], leaves(false)),
      'the cut off come back': shows(['reset'], comesBack),
      'the frozen and the muted are late': shows(['freeze', 'mute'], isLate),
    },
    about,
  ).toEqual({
    injected: faultKinds,
    'the killed are lost': true,
    'the reloaded leave': true,
    'the reloaded come back': true,
    'the cut off are lost': true,
    'the cut off come back': true,
    'the frozen and the muted are late': true,
  });
}

/** Not one step was lost or done twice, and the parameters are those of the same run in good weather, to the bit. */
export async function expectTheSame(storm: Storm, stormy: { readonly directory: string }): Promise<void> {
  const undisturbed = await trainUndisturbed(stormy.directory);
  const [had, wanted] = await Promise.all([stormy.directory, undisturbed].map(stepsOf));
  expect(had, told(storm)).toEqual(wanted);
  expect(await differences(stormy.directory, undisturbed), told(storm)).toEqual([]);
}

/** The steps of a run, in order, with the losses they came to. */
const stepsOf = async (directory: string): Promise<string[]> =>
  (await eventsOf(directory))
    .filter(({ type }) => type === 'step')
    .map(({ version, phase, iteration, loss }) => `${version} ${phase} ${iteration} ${loss}`);

/** What a storm was and did, in numbers: for the tables of the documentation. */
export function figuresOf({ injected, joined, events }: Survived): Readonly<Record<string, number>> {
  const count = (matches: (event: LoggedEvent) => boolean): number => events.filter(matches).length;
  const seconds = events.length === 0 ? 0 : ((events.at(-1)?.time ?? 0) - (events[0].time ?? 0)) / 1000;
  return {
    ...Object.fromEntries(
      faultKinds.map((each) => [each, injected.filter(({ kind }) => kind === each).length]),
    ),
    joined,
    back: count(({ type, back }) => type === 'worker-joined' && back === true),
    expired: count(({ type }) => type === 'lease-expired'),
    duplicate: count(({ type }) => type === 'lease-duplicate'),
    restarted: count(({ type }) => type === 'step-restarted'),
    seconds: Math.round(seconds),
  };
}
