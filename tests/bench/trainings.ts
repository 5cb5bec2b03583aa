/** Many trainings, two processes at a time; what was trained once in this run of the bench is not trained again. */
import { join } from 'node:path';
import type { RunConfig } from '@gantry/shared';
import { Eta } from './harness/eta.ts';
import type { Bench } from './harness/row.ts';
import type { Quality, TrainerProcess } from './processes/trainer.ts';

const atOnce = 2;
const known = new Map<string, Quality>();

/** @param workers - of each run: they change its bytes, not its result @returns what each came to, in order */
export async function trainAll(bench: Bench, configs: readonly RunConfig[], workers = 1): Promise<Quality[]> {
  const keyOf = (config: RunConfig): string => JSON.stringify([config, workers]);
  const folder = await bench.folder();
  const waiting = configs.filter((config) => !known.has(keyOf(config)));
  const eta = new Eta(waiting.length, atOnce);
  const tell = (): void => bench.progress(eta.text());
  const begin = waiting.length;
  const lane = async (): Promise<void> => {
    for (let config = waiting.shift(); config !== undefined; config = waiting.shift()) {
      const began = performance.now();
      tell();
      // oxlint-disable-next-line no-await-in-loop -- one after another in each lane
      const child = await bench.children.start<TrainerProcess>('trainer.ts');
      const name = `run-${begin - waiting.length}-${known.size}`;
      // oxlint-disable-next-line no-await-in-loop
      known.set(keyOf(config), await child.ask('train', config, join(folder, name), workers));
      child.stop();
      eta.done(performance.now() - began);
      tell();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return configs.map((config) => known.get(keyOf(config)) as Quality); // trained just now, or before
}
