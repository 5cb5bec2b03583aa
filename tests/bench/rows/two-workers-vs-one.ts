import { availableParallelism } from 'node:os';
import type { RunConfig } from '@gantry/shared';
import { alternate } from '../harness/pairs.ts';
import type { Bench, Row } from '../harness/row.ts';
import { median } from '../harness/statistics.ts';
import type { PlainLoop } from '../processes/plain-loop.ts';
import { configurationOr, openPool, stepsPerIteration, trainingConfig } from '../training.ts';

const iterations = 5;
const pairs = 12;

export const twoWorkersVsOne: Row = {
  name: 'two-workers-vs-one',
  about: 'Iterations a second of "digits" with two worker processes, against one, at the same global batch.',
  async measure(bench) {
    const config = configurationOr(() => trainingConfig('digits', bench.set));
    if ('skipped' in config) return config;
    bench.progress('starting coordinator and workers');
    // One pool: the second worker pauses while the first is measured alone.
    const pool = await openPool(bench, config, 2);
    const each = stepsPerIteration(config);
    let cpu = 0;
    const perSecond = async (workers: number): Promise<number> => {
      const { milliseconds, cpuMilliseconds } = await pool.steps(workers, each, iterations * each);
      if (workers === 2) cpu += cpuMilliseconds;
      return (1000 * iterations) / milliseconds;
    };
    await perSecond(2); // paces are measured
    cpu = 0;
    bench.progress('what the cores give');
    const cores = await scaling(bench, config, each);
    const measured = await alternate(
      pairs,
      { value: () => perSecond(2), baseline: () => perSecond(1) },
      (pair, of) => bench.progress(`pair ${pair} of ${of}`),
    );
    return {
      unit: 'iterations/s',
      against: 'one worker',
      pairs: measured,
      bounds: [{ of: 'ratio', atLeast: 1.8 }],
      limit: `the coordinator is a third process on these ${availableParallelism()} cores, and takes ${(cpu / (pairs * iterations * each)).toFixed(1)} ms of CPU a step; between steps both workers wait for it. Two plain loops that know nothing of each other do ${cores.toFixed(2)} times what one does`,
      details: { 'two separate plain loops, against one': cores },
    };
  },
};

/** How much more two processes do than one, that compute the same and share nothing: what there is to be had. */
async function scaling(bench: Bench, config: RunConfig, each: number): Promise<number> {
  const loops = await Promise.all([0, 1].map(() => bench.children.start<PlainLoop>('plain-loop.ts')));
  await Promise.all(loops.map((loop) => loop.ask('open', config)));
  const steps = iterations * each;
  const ratios: number[] = [];
  for (let pair = 0; pair < 7; pair++) {
    // oxlint-disable-next-line no-await-in-loop -- alternately
    const alone = await loops[0].ask('steps', each, steps);
    // oxlint-disable-next-line no-await-in-loop
    const together = await Promise.all(loops.map((loop) => loop.ask('steps', each, steps)));
    ratios.push(together.reduce((sum, milliseconds) => sum + alone / milliseconds, 0));
  }
  for (const loop of loops) loop.stop();
  return median(ratios);
}
