/** A verdict as people read it. */
import { phaseNames } from '@gantry/shared';
import type { VerifyReport } from './compare.ts';

/** `0` for what is equal to the bit, else `3.1e-7`. */
export const formatError = (error: number): string => (error === 0 ? '0' : error.toExponential(1));

export function verifyTable(report: VerifyReport): string {
  const head = ['group', 'tensors', 'largest relative error', 'worst tensor', ''];
  const rows = Object.entries(report.groups).map(([name, group]) => [
    name,
    String(group.tensors),
    formatError(group.maxRelativeError),
    group.maxRelativeError === 0 ? '-' : group.worst,
    group.withinTolerance ? 'ok' : 'NOT OK',
  ]);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column].length)));
  return all
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Who computed what, what of that proves less than it could, and the verdict. */
export function verifyWords(report: VerifyReport): string {
  const { workers, sharing, microbatches, shared, statistics, tolerance } = report;
  const many = `${workers} ${workers === 1 ? 'worker' : 'workers'}`;
  const lines = phaseNames.map(
    (phase) => `Microbatches of the ${phase} step by worker: ${microbatches[phase].join(' + ')}`,
  );
  if (workers === 1) {
    lines.push('One worker is compared with itself, which proves little: give --workers 2 or more.');
  } else if (sharing < workers) {
    lines.push(
      `Only ${sharing} of ${workers} workers can share a step: it has ${sharing} ${sharing === 1 ? 'block' : 'blocks'}. A smaller batch.microbatch makes more.`,
    );
  }
  if (!shared)
    lines.push('A worker that could have shared a step had nothing to do: this proves less than it should.');
  if (statistics === 'local') {
    lines.push('Running statistics are not compared: with local statistics each worker keeps its own.');
  }
  const error = `largest relative error ${formatError(report.maxRelativeError)}, tolerance ${formatError(tolerance)}`;
  if (report.codec === 'topk') {
    lines.push(
      'With the codec topk an update is of what a worker happens to have, and no two shares give the same.',
    );
  }
  lines.push('');
  if (!report.withinTolerance) {
    const why =
      statistics === 'local' ? ': the textbook mistake, batch norm by what each worker happens to have' : '';
    lines.push(`NOT the same: ${many} compute something else than one${why} (${error}).`);
  } else if (report.maxRelativeError === 0) {
    lines.push(`The same: ${many} compute what one computes, to the bit.`);
  } else {
    lines.push(`The same: ${many} compute what one computes (${error}).`);
  }
  return lines.join('\n');
}
