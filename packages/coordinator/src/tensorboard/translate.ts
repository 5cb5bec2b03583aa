/** From lines of `events.jsonl` to TensorBoard's events. A step there is an iteration here. */
import type { LogEntry } from '../run/archive.ts';
import { restartEvent, summaryEvent, versionEvent, type EventValue, type ImageValue } from './event.ts';

/** Reads a sheet of the run's `samples/`; null where it cannot be read. */
export type ReadSheet = (file: string) => Promise<ImageValue | null>;

/**
 * @param entry - a line, or what is logged as one
 * @param time - milliseconds since 1970
 * @returns none for lines that nothing is drawn of
 */
export async function eventsOf(entry: LogEntry, time: number, readSheet: ReadSheet): Promise<Uint8Array[]> {
  const seconds = time / 1000;
  const step = Number(entry.iteration ?? 0);
  switch (entry.type) {
    case 'started':
      return [versionEvent(seconds)];
    case 'resumed':
      return [versionEvent(seconds), restartEvent(seconds, step)];
    case 'step':
      return [summaryEvent(seconds, step, stepValues(entry))];
    case 'sheet': {
      const { file, ...measures } = entry;
      const image = await readSheet(String(file));
      const values: EventValue[] = image === null ? [] : [{ tag: 'samples', image }];
      return [summaryEvent(seconds, step, [...values, ...measureValues(measures)])];
    }
    default:
      return [];
  }
}

function stepValues(entry: LogEntry): EventValue[] {
  const phase = String(entry.phase);
  const named = [
    [`loss/${phase}`, entry.loss],
    [`gradient norm/${phase}`, entry.gradientNorm],
    // Generator steps see how many of theirs are found out, which the next discriminator step tells as well.
    ...(phase === 'discriminator'
      ? [
          ['accuracy/real', entry.realAccuracy],
          ['accuracy/fake', entry.fakeAccuracy],
          ['penalty', entry.penalty],
        ]
      : []),
    ...Object.entries(entry.gradientNorms ?? {}).map(([layer, norm]) => [
      `gradient norm of ${phase} layers/${layer}`,
      norm,
    ]),
    ...Object.entries(entry.saturation ?? {}).map(([layer, share]) => [
      `saturation of ${phase} layers/${layer}`,
      share,
    ]),
  ];
  return scalars(named as [string, unknown][]);
}

/** Whatever a sheet was measured by. */
const measureValues = (measures: Readonly<Record<string, unknown>>): EventValue[] =>
  scalars(
    Object.entries(measures)
      .filter(([name]) => !['time', 'type', 'iteration', 'samples'].includes(name))
      .map(([name, value]) => [`measures/${name}`, value]),
  );

const scalars = (named: readonly (readonly [string, unknown])[]): EventValue[] =>
  named.flatMap(([tag, scalar]) => (typeof scalar === 'number' ? [{ tag, scalar }] : []));
