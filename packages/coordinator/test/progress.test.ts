import { describe, expect, it } from 'vitest';
import {
  createProgressLine,
  cutTo,
  formatLoss,
  progressParts,
  type ProgressFields,
  type ProgressLine,
} from '../src/cli/progress.ts';

const running: ProgressFields = {
  status: 'running',
  iteration: 120,
  iterations: 2000,
  discriminatorLoss: 1.2341,
  generatorLoss: 0.8119,
  examplesPerSecond: 840.3,
  workers: 3,
  secondsLeft: 130,
};
const text = 'iteration 120/2000 · D 1.234 · G 0.812 · 840 examples/s · 3 workers · 2 min 10 s left';

describe('losses', () => {
  it.each([
    [1.23449, '1.234'],
    [-0.5, '-0.500'],
    [12.345, '12.35'],
    [123.45, '123.5'],
    [12_345, '1.2e+4'],
    [NaN, 'NaN'],
    [Infinity, 'Infinity'],
  ])('a loss of %d is %s', (loss, shown) => expect(formatLoss(loss)).toBe(shown));
});

describe('the parts of the line', () => {
  it.each<[string, Partial<ProgressFields>, string]>([
    ['running', {}, text],
    [
      'just begun',
      {
        discriminatorLoss: null,
        generatorLoss: null,
        examplesPerSecond: null,
        secondsLeft: null,
        workers: 1,
      },
      'iteration 120/2000 · 1 worker',
    ],
    ['without workers', { status: 'waiting', workers: 0 }, 'iteration 120/2000 · waiting for workers'],
    ['with idle workers', { status: 'waiting' }, 'iteration 120/2000 · waiting for workers (3 not ready)'],
    [
      'before enough workers are ready',
      { status: 'waiting', waitFor: 5 },
      'iteration 120/2000 · waiting for workers (3 of 5 ready)',
    ],
    [
      'in its lobby',
      { status: 'lobby' },
      "iteration 120/2000 · waiting for Start on the presenter's page (3 workers ready)",
    ],
    ['paused', { status: 'paused' }, 'iteration 120/2000 · D 1.234 · G 0.812 · paused'],
    ['finished', { status: 'finished' }, 'iteration 120/2000 · D 1.234 · G 0.812 · finished'],
  ])('%s', (_, change, shown) => expect(progressParts({ ...running, ...change }).join(' · ')).toBe(shown));

  it('are cut to the width of the terminal', () => {
    expect(cutTo('abcdef', 6)).toBe('abcdef');
    expect(cutTo('abcdef', 5)).toBe('abcd…');
    expect(cutTo('abcdef', 0)).toBe('…');
  });
});

interface Screen {
  readonly line: ProgressLine;
  readonly written: string[];
  readonly clock: { now: number };
  readonly stream: { columns: number };
}
function screen(isTTY: boolean, environment: Record<string, string> = { NO_COLOR: '1' }): Screen {
  const written: string[] = [];
  const clock = { now: 1000 };
  const stream = { isTTY, columns: 200, write: (piece: string) => written.push(piece) };
  return { line: createProgressLine(stream, () => clock.now, environment), written, clock, stream };
}

describe('the progress line on a terminal', () => {
  const clear = '\r\u001b[2K';

  it('is rewritten in place, at most ten times a second', () => {
    const { line, written, clock } = screen(true);
    line.update(running);
    clock.now += 50;
    line.update({ ...running, iteration: 121 });
    clock.now += 50;
    line.update({ ...running, iteration: 122 });
    expect(written).toEqual([clear + text, clear + text.replace('120', '122')]);
  });

  it('is cut to less than the width, as it is at that moment', () => {
    const { line, written, stream } = screen(true);
    stream.columns = 30;
    line.update(running);
    expect(written).toEqual([`${clear}${text.slice(0, 28)}…`]);
  });

  it('lets notes pass above it', () => {
    const { line, written } = screen(true);
    line.note('before');
    line.update(running);
    line.note('a worker joined');
    expect(written).toEqual([`${clear}before\n`, clear + text, `${clear}a worker joined\n`, clear + text]);
  });

  it('is left standing at the end, in its latest state', () => {
    const { line, written } = screen(true);
    line.update(running);
    line.update({ ...running, status: 'finished' });
    line.end();
    line.end();
    expect(written.slice(1)).toEqual([`${clear}iteration 120/2000 · D 1.234 · G 0.812 · finished`, '\n']);
  });

  it('is coloured sparingly, and not at all with NO_COLOR', () => {
    const colour = screen(true, {});
    colour.line.update({ ...running, status: 'waiting' });
    expect(colour.written[0]).toBe(
      `${clear}\u001b[1miteration 120/2000\u001b[22m\u001b[2m · \u001b[22m\u001b[33mwaiting for workers (3 not ready)\u001b[39m`,
    );
    const plain = screen(true, { NO_COLOR: '1' });
    plain.line.update({ ...running, status: 'waiting' });
    plain.line.note('\u001b[31mred\u001b[39m');
    expect(plain.written.join('').replaceAll(clear, '')).not.toContain('\u001b');
    // Set but empty: not asked for, by the convention.
    const empty = screen(true, { NO_COLOR: '' });
    empty.line.update({ ...running, status: 'waiting' });
    expect(empty.written).toEqual(colour.written);
  });
});

describe('the progress line in a file, or on a dumb terminal', () => {
  it.each([
    ['a file', false, {}],
    ['a dumb terminal', true, { TERM: 'dumb' }],
  ] as const)('is a plain line every five seconds: %s', (_, isTTY, environment) => {
    const { line, written, clock } = screen(isTTY, environment);
    for (let second = 0; second < 12; second++) {
      line.update({ ...running, iteration: second });
      clock.now += 1000;
    }
    line.note('\u001b[31ma worker left\u001b[39m');
    line.end();
    const at = (iteration: number): string => `${text.replace('120', String(iteration))}\n`;
    expect(written).toEqual([at(0), at(5), at(10), 'a worker left\n', at(11)]);
  });
});
