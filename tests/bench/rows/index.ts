/** All rows, in the order in which they run. */
import type { Row } from '../harness/row.ts';
import { broadcast } from './broadcast-vs-bare-socket.ts';
import { bytesPerIteration } from './bytes-per-iteration.ts';
import { ingest } from './ingest-vs-bare-socket.ts';
import { memory } from './memory.ts';
import { poolVsPlain } from './pool-vs-plain.ts';
import { presenterPageFps } from './presenter-page-fps.ts';
import { quality } from './quality.ts';
import { stepOverhead } from './step-overhead.ts';
import { syncBatchNormOverhead } from './sync-batch-norm-overhead.ts';
import { twoWorkersVsOne } from './two-workers-vs-one.ts';
import { wasmStepVsPytorch } from './wasm-step-vs-pytorch.ts';
import { wasmStepVsStock } from './wasm-step-vs-stock.ts';

export const rows: readonly Row[] = [
  wasmStepVsStock,
  wasmStepVsPytorch,
  ...poolVsPlain,
  twoWorkersVsOne,
  ...ingest,
  broadcast,
  stepOverhead,
  ...bytesPerIteration,
  memory,
  syncBatchNormOverhead,
  presenterPageFps,
  ...quality,
];
