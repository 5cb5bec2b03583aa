/** The machine that figures are of, and what else it does meanwhile. */
import { cpus } from 'node:os';

export const machine = (): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cpus().length} cores, Node ${process.versions.node}`;

/** Cores that are busy with other things, over so many milliseconds in which this process does nothing. */
export async function busyCores(milliseconds: number): Promise<number> {
  const before = spent();
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  const after = spent();
  const all = after.all - before.all;
  return all === 0 ? 0 : cpus().length * (1 - (after.idle - before.idle) / all);
}

/** Of all cores, in ticks. */
function spent(): { idle: number; all: number } {
  const times = cpus().map((core) => core.times);
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return { idle: sum(times.map(({ idle }) => idle)), all: sum(times.flatMap((core) => Object.values(core))) };
}
