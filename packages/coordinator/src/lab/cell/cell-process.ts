/** A process that runs cells, one after the other, for whoever started it; ends with them. */
import { join } from 'node:path';
import { errorText, GantryError } from '@gantry/shared';
import { writeWhole } from '../../run/files.ts';
import { cellsOf } from '../scenario/cells.ts';
import { runCell, type CellProgress } from './run-cell.ts';

/** One cell under one seed. */
export interface CellTask {
  readonly raw: unknown;
  readonly place: string;
  /** Of the cell in `cellsOf`. */
  readonly index: number;
  readonly seed: number;
  /** The cell's own. */
  readonly folder: string;
  /** Goes with the result: what it is of. */
  readonly key: string;
}

export type CellNews =
  | ({ readonly type: 'progress' } & CellProgress)
  | { readonly type: 'done' }
  | { readonly type: 'failed'; readonly message: string };

/** In a cell's folder, once it is done. */
export const resultFile = 'result.json';
/** Milliseconds between two signs of progress. */
const toldEvery = 200;

/** Serves the process that forked this one. */
export function serveCells(): void {
  const send = (news: CellNews): void => void process.send?.(news);
  process.on('message', (task: CellTask) => {
    void serve(task, send).then(
      () => send({ type: 'done' }),
      (error: unknown) => {
        const known = error instanceof GantryError;
        const detail = error instanceof Error && !known ? (error.stack ?? error.message) : errorText(error);
        send({ type: 'failed', message: detail });
      },
    );
  });
  process.once('disconnect', () => process.exit(0));
  // Ctrl-C reaches all processes of a terminal; the one that started this one decides.
  process.on('SIGINT', () => undefined);
}

async function serve(
  { raw, place, index, seed, folder, key }: CellTask,
  send: (news: CellNews) => void,
): Promise<void> {
  let told = -Infinity;
  const result = await runCell(cellsOf(raw, place)[index], seed, folder, (progress) => {
    const now = performance.now();
    if (now - told < toldEvery) return;
    told = now;
    send({ type: 'progress', ...progress });
  });
  await writeWhole(join(folder, resultFile), `${JSON.stringify({ key, ...result }, null, 1)}\n`);
}
