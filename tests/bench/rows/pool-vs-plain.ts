import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import type { PlainLoop } from '../processes/plain-loop.ts';
import { configurationOr, openPool, stepsPerIteration, trainingConfig } from '../training.ts';

interface Case {
  readonly preset: 'digits' | 'ring';
  readonly atLeast: number;
  /** Of a sample: long enough that one garbage collection is not the sample. */
  readonly iterations: number;
  readonly pairs: number;
}

const row = ({ preset, atLeast, iterations, pairs }: Case): Row => ({
  name: `pool-vs-plain/${preset}`,
  about: `Iterations a second of "${preset}": one worker through a coordinator, against a plain loop.`,
  async measure(bench) {
    const config = configurationOr(() => trainingConfig(preset, bench.set));
    if ('skipped' in config) return config;
    bench.progress('starting coordinator, worker and plain loop');
    const pool = await openPool(bench, config, 1);
    const plain = await bench.children.start<PlainLoop>('plain-loop.ts');
    await plain.ask('open', config);
    const each = stepsPerIteration(config);
    const skip = Math.ceil(iterations / 5) * each;
    let cpu = 0;
    let wall = 0;
    const measured = await alternate(
      pairs,
      {
        value: async () => {
          const { milliseconds, cpuMilliseconds } = await pool.steps(1, skip, iterations * each);
          cpu += cpuMilliseconds;
          wall += milliseconds;
          return (1000 * iterations) / milliseconds;
        },
        baseline: async () => (1000 * iterations) / (await plain.ask('steps', skip, iterations * each)),
      },
      (pair, of) => bench.progress(`pair ${pair} of ${of}`),
    );
    return {
      unit: 'iterations/s',
      against: 'the same compute, sums and optimizer in a plain loop of one process',
      pairs: measured,
      bounds: [{ of: 'ratio', atLeast }],
      limit: `with one worker a step is a chain: the worker waits while its update travels, is summed and applied, and the delta comes back; the coordinator's CPU is busy ${((100 * cpu) / wall).toFixed(0)} % of the time`,
      details: { 'coordinator CPU, ms a step': cpu / (pairs * iterations * each) },
    };
  },
});

export const poolVsPlain: readonly Row[] = [
  row({ preset: 'digits', atLeast: 0.95, iterations: 4, pairs: 16 }),
  row({ preset: 'ring', atLeast: 0.7, iterations: 60, pairs: 20 }),
];
