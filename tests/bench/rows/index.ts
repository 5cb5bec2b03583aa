/** All rows, in the order in which they run. */
import type { Row } from '../harness/row.ts';
import { bytesPerIteration } from './bytes-per-iteration.ts';
import { poolVsPlain } from './pool-vs-plain.ts';
import { syncBatchNormOverhead } from './sync-batch-norm-overhead.ts';
import { twoWorkersVsOne } from './two-workers-vs-one.ts';
import { wasmStepVsStock } from './wasm-step-vs-stock.ts';

export const rows: readonly Row[] = [
  wasmStepVsStock,
  ...poolVsPlain,
  twoWorkersVsOne,
  ...bytesPerIteration,
  syncBatchNormOverhead,
];
