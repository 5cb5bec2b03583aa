/** A few processes that run cells. A cell is one process's: so what it comes to does not depend on how many there are. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { gantryError } from '@gantry/shared';
import type { CellNews, CellTask } from './cell/cell-process.ts';

const command = fileURLToPath(new URL('../../bin/gantry.js', import.meta.url));

/**
 * Runs all tasks, in order as processes become free.
 *
 * @param told - the share of a task that is done, 0 to 1
 * @param signal - ends it early: what is under way is lost
 * @throws CELL_FAILED, with the first that failed; others are ended
 */
export async function runAll(
  tasks: readonly CellTask[],
  processes: number,
  told: (task: CellTask, share: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...tasks];
  const children: ChildProcess[] = [];
  const work = async (): Promise<void> => {
    if (waiting.length === 0) return;
    const child = fork(command, ['lab-cells'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    children.push(child);
    for (let task = waiting.shift(); task !== undefined && !signal.aborted; task = waiting.shift()) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other in each process
      await runOn(child, task, told);
    }
    child.disconnect();
  };
  const end = (): void => {
    waiting.length = 0;
    for (const child of children) child.kill('SIGKILL');
  };
  signal.addEventListener('abort', end);
  try {
    await Promise.all(Array.from({ length: Math.min(processes, tasks.length) }, work));
  } catch (error) {
    end();
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
  }
}

function runOn(
  child: ChildProcess,
  task: CellTask,
  told: (task: CellTask, share: number) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (by: () => void): void => {
      child.off('message', hear);
      child.off('exit', gone);
      by();
    };
    const fail = (reason: string): void =>
      settle(() => reject(gantryError('CELL_FAILED', task.folder, reason)));
    const gone = (code: number | null, how: string | null): void =>
      fail(`its process ended (${how ?? `exit code ${code}`})`);
    const hear = (news: CellNews): void => {
      if (news.type === 'progress') told(task, news.iteration / news.iterations);
      if (news.type === 'failed') fail(news.message.replace(/\.$/, ''));
      if (news.type === 'done') {
        told(task, 1);
        settle(resolve);
      }
    };
    child.on('message', hear);
    child.once('exit', gone);
    child.send(task);
  });
}
