import { alternate } from '../harness/pairs.ts';
import type { Row } from '../harness/row.ts';
import { configurationOr, openPool, stepsPerIteration, trainingConfig } from '../training.ts';

const iterations = 4;
const pairs = 8;

export const syncBatchNormOverhead: Row = {
  name: 'sync-batch-norm-overhead',
  about:
    'Time of an iteration of "digits" with exchanged batch-norm statistics, against those of microbatches; 2 workers.',
  async measure(bench) {
    const configOf = (statistics: string) =>
      configurationOr(() => trainingConfig('digits', bench.set, [`batchNorm.statistics=${statistics}`]));
    const global = configOf('global');
    const microbatch = configOf('microbatch');
    if ('skipped' in global) return global;
    if ('skipped' in microbatch) return microbatch;
    bench.progress('starting two coordinators with two workers each');
    const pools = [await openPool(bench, global, 2), await openPool(bench, microbatch, 2)] as const;
    const each = stepsPerIteration(global);
    const milliseconds = async (which: 0 | 1): Promise<number> =>
      (await pools[which].steps(2, each, iterations * each)).milliseconds / iterations;
    const measured = await alternate(
      pairs,
      { value: () => milliseconds(0), baseline: () => milliseconds(1) },
      (pair, of) => bench.progress(`pair ${pair} of ${of}`),
    );
    return {
      unit: 'ms/iteration',
      against: 'batchNorm.statistics "microbatch"',
      pairs: measured,
      bounds: [],
      limit:
        'a pass stops at each batch-norm layer, forward and back, until the slower worker and the coordinator have answered',
    };
  },
};
