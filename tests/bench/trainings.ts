/** Many trainings, two processes at a time; what was trained once in this run of the bench is not trained again. */
import { join } from 'node:path';
import type { RunConfig } from '@gantry/shared';
import { Eta } from './harness/eta.ts';
import type { Bench } from './harness/row.ts';
import type { Quality, TrainerProcess } from './processes/trainer.ts';

const atOnce = 2;
const known = new Map<string, Quality>();

/** @returns what each came to, in order */
export async function trainAll(bench: Bench, configs: readonly RunConfig[]): Promise<Quality[]> {
  const folder = await bench.folder();
  const waiting = configs.filter((config) => !known.has(JSON.stringify(config)));
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
      known.set(JSON.stringify(config), await child.ask('train', config, join(folder, name)));
      child.stop();
      eta.done(performance.now() - began);
      tell();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return configs.map((config) => known.get(JSON.stringify(config)) as Quality); // trained just now, or before
}
