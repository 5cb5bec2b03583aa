/** All rows, in the order in which they run. */
import type { Row } from '../harness/row.ts';
import { wasmStepVsStock } from './wasm-step-vs-stock.ts';

export const rows: readonly Row[] = [wasmStepVsStock];
