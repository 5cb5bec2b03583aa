import { availableParallelism } from 'node:os';
import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
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
      limit: `the coordinator is a third process on these ${availableParallelism()} cores, and takes ${(cpu / (pairs * iterations * each)).toFixed(1)} ms of CPU a step; between steps both workers wait for it`,
    };
  },
};
