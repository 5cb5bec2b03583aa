/**
 * Where a run ends that depends on who computed what, as with `topk`: beside runs of the same configuration that differ in
 * nothing else. Compared are the losses at the end, which are what a user sees, and the parameters, which are all there is.
 */
import { checkpointOf, eventsOf } from './gantry.ts';

/** Steps of a phase at the end over which a loss is averaged: one step's is mostly the noise of its examples. */
const averaged = 50;

export interface End {
  /** Mean of the last steps. */
  readonly discriminator: number;
  readonly generator: number;
  readonly parameters: Float64Array;
}

export async function endOf(directory: string): Promise<End> {
  const events = await eventsOf(directory);
  const loss = (phase: string): number => {
    const last = events
      .filter((event) => event.type === 'step' && event.phase === phase)
      .slice(-averaged)
      .map((event) => event.loss ?? NaN);
    return last.reduce((sum, each) => sum + each, 0) / last.length;
  };
  const { tensors } = await checkpointOf(directory);
  const parameters = [...tensors]
    .filter(([name]) => /^(discriminator|generator)\//.test(name))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, { data }]) => [...data]);
  return { discriminator: loss('discriminator'), generator: loss('generator'), parameters: Float64Array.from(parameters) }; // prettier-ignore
}

/** ‖a − b‖ / ‖b‖ */
export function distance(a: End, b: End): number {
  let difference = 0;
  let norm = 0;
  a.parameters.forEach((value, i) => {
    difference += (value - b.parameters[i]) ** 2;
    norm += b.parameters[i] ** 2;
  });
  return Math.sqrt(difference / norm);
}

/** Student's t for 99 %, two-sided, by degrees of freedom: of five, for six runs. */
const studentsT = 4.032;

/**
 * Where one more run of six of a kind is to be expected, with 99 %: mean ± t · s · √(1 + 1/6). Their own range would not do: a
 * seventh of the same kind lies outside of it in two of seven cases.
 */
export function expectedFrom(six: readonly number[]): readonly [number, number] {
  const mean = six.reduce((sum, each) => sum + each, 0) / six.length;
  const variance = six.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (six.length - 1);
  const off = studentsT * Math.sqrt(variance * (1 + 1 / six.length));
  return [mean - off, mean + off];
}
