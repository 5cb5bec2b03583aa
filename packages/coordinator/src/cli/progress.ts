/**
 * One line that tells how the run goes. On a terminal it is rewritten in place; into a file or a pipe it is a
 * plain line every few seconds.
 */
import { formatDuration, formatRate, type RunStatus } from '@gantry/shared';
import { stripVTControlCharacters } from 'node:util';

export interface ProgressFields {
  readonly status: RunStatus;
  /** Iterations done, of how many. */
  readonly iteration: number;
  readonly iterations: number;
  /** Mean loss of the last step of each phase; null before the first. */
  readonly discriminatorLoss: number | null;
  readonly generatorLoss: number | null;
  /** null while it cannot be told. */
  readonly examplesPerSecond: number | null;
  readonly workers: number;
  /** Ready workers that the run waits for before it begins; 0 once it has begun. */
  readonly waitFor?: number;
  /** null while it cannot be told. */
  readonly secondsLeft: number | null;
}

/** What of a stream the line needs: `process.stderr` is one. */
export interface ProgressStream {
  readonly write: (text: string) => unknown;
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
}

export interface StatusLine<Fields> {
  /** Shows `fields`, now or when the next line is due. */
  readonly update: (fields: Fields) => void;
  /** Writes a line that stays, above the progress line. */
  readonly note: (line: string) => void;
  /** Writes the last state and leaves it standing. */
  readonly end: () => void;
}

export type ProgressLine = StatusLine<ProgressFields>;

/** Milliseconds between lines into a file, and between redraws of a terminal (more is not seen). */
const plainEvery = 5000;
const redrawEvery = 100;

const clearLine = '\r\u001b[2K';
const dim = (text: string): string => `\u001b[2m${text}\u001b[22m`;
const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`;
const yellow = (text: string): string => `\u001b[33m${text}\u001b[39m`;

/** `1.234`; `12.35`, `1.2e+4` and `NaN` where three decimals would tell nothing. */
export function formatLoss(loss: number): string {
  if (!Number.isFinite(loss)) return String(loss);
  const size = Math.abs(loss);
  if (size >= 10_000) return loss.toExponential(1);
  return loss.toFixed(size >= 100 ? 1 : size >= 10 ? 2 : 3);
}

const formatWorkers = (workers: number): string => `${workers} ${workers === 1 ? 'worker' : 'workers'}`;

/** The parts of the line, the most important first: what does not fit a narrow terminal is cut at the end. */
export function progressParts(fields: ProgressFields): string[] {
  const { status, iteration, iterations, discriminatorLoss, generatorLoss, workers } = fields;
  const parts = [`iteration ${iteration}/${iterations}`];
  if (status === 'lobby')
    return [...parts, `waiting for Start on the presenter's page (${formatWorkers(workers)} ready)`];
  if (status === 'waiting' && (fields.waitFor ?? 0) > 0)
    return [...parts, `waiting for workers (${workers} of ${fields.waitFor} ready)`];
  if (status === 'waiting')
    return [...parts, workers === 0 ? 'waiting for workers' : `waiting for workers (${workers} not ready)`];
  if (discriminatorLoss !== null) parts.push(`D ${formatLoss(discriminatorLoss)}`);
  if (generatorLoss !== null) parts.push(`G ${formatLoss(generatorLoss)}`);
  if (status === 'finished' || status === 'paused') return [...parts, status];
  if (fields.examplesPerSecond !== null) parts.push(`${formatRate(fields.examplesPerSecond)} examples/s`);
  parts.push(formatWorkers(workers));
  if (fields.secondsLeft !== null) parts.push(`${formatDuration(fields.secondsLeft)} left`);
  return parts;
}

/** `text` in at most `columns` columns, with an ellipsis where something was cut. */
export const cutTo = (text: string, columns: number): string =>
  text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;

/** Where the run stands is bold, a standstill yellow, what separates is dim. */
const coloured = (line: string): string =>
  line
    .replace(/^iteration \d+\/\d+/, bold)
    .replace(/waiting for .*|paused$/, yellow)
    .replaceAll(' · ', dim(' · '));

/** How a run goes. */
export const createProgressLine = (
  stream: ProgressStream,
  now: () => number,
  environment?: Readonly<Record<string, string | undefined>>,
): ProgressLine => createStatusLine(stream, now, progressParts, environment);

/**
 * @param stream - the terminal or file, mostly standard error
 * @param now - milliseconds
 * @param partsOf - what the line says, the most important first
 * @param environment - NO_COLOR (https://no-color.org) turns colours off; on TERM=dumb lines cannot be rewritten
 */
export function createStatusLine<Fields>(
  stream: ProgressStream,
  now: () => number,
  partsOf: (fields: Fields) => readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
): StatusLine<Fields> {
  const live = stream.isTTY === true && environment['TERM'] !== 'dumb';
  const colour = live && (environment['NO_COLOR'] ?? '') === '';
  let latest: Fields | null = null;
  let pending = false;
  let shownAt = -Infinity;

  const draw = (): void => {
    if (latest === null) return;
    const line = partsOf(latest).join(' · ');
    pending = false;
    shownAt = now();
    if (!live) {
      stream.write(`${line}\n`);
      return;
    }
    // A line as wide as the terminal wraps on some, and could then not be rewritten.
    const fitting = cutTo(line, (stream.columns ?? 80) - 1);
    stream.write(clearLine + (colour ? coloured(fitting) : fitting));
  };

  return {
    update: (fields) => {
      latest = fields;
      pending = true;
      if (now() - shownAt >= (live ? redrawEvery : plainEvery)) draw();
    },
    note: (line) => {
      stream.write(`${live ? clearLine : ''}${colour ? line : stripVTControlCharacters(line)}\n`);
      if (live) draw();
    },
    end: () => {
      if (pending) draw();
      if (live && latest !== null) stream.write('\n');
      latest = null;
      pending = false;
    },
  };
}
