import { describe, expect, it } from 'vitest';
import { balancedLengths, evenBalance, parseConfig, presetConfig, rebalance, weigh } from '@gantry/shared';
import { freshStart, initialState, type Start } from '../src/core/transition.ts';
import type { CoreEffect, CoreSettings } from '../src/core/types.ts';
import { steadyWorker, VirtualShell } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const rule = { lower: 0.55, upper: 0.9, most: 2 };
const settings: CoreSettings = {
  ...plainSettings,
  blocks: 2,
  adaptive: rule,
  iterations: 100,
  checkpointEvery: 1000,
  evaluateEvery: 1000,
};

describe('the balance of an adaptive schedule', () => {
  it.each([
    ['above the upper bound the generator gets a step', 0.95, 0, 1],
    ['up to the most', 0.95, 2, 2],
    ['the discriminator gives its own back first', 0.95, -2, -1],
    ['below the lower bound the discriminator gets a step', 0.5, 0, -1],
    ['up to the most, too', 0.5, -2, -2],
    ['within bounds a step goes back', 0.7, 2, 1],
    ['from either side', 0.7, -1, 0],
    ['at a bound, too', 0.9, 1, 0],
    ['and no further', 0.7, 0, 0],
  ])('%s', (_, accuracy, before, after) => {
    expect(rebalance({ accuracy, extra: before }, rule)).toEqual({ accuracy, extra: after });
  });

  it('stays as it is before anything was measured', () => {
    expect(rebalance(evenBalance, rule)).toEqual(evenBalance);
  });

  it('begins its average with the first accuracy, and then keeps nine tenths', () => {
    const first = weigh(evenBalance, 0.8);
    expect(first.accuracy).toBeCloseTo(0.8, 12);
    expect(weigh(first, 0.3).accuracy).toBeCloseTo(0.9 * 0.8 + 0.1 * 0.3, 12);
  });

  it('adds to the lengths, one network at a time', () => {
    const lengths = { discriminator: 3, generator: 1 };
    expect(balancedLengths(lengths, { accuracy: null, extra: 2 })).toEqual({
      discriminator: 3,
      generator: 3,
    });
    expect(balancedLengths(lengths, { accuracy: null, extra: -2 })).toEqual({
      discriminator: 5,
      generator: 1,
    });
  });

  it('is refused where its bounds cross', () => {
    const ring = presetConfig('ring');
    const adaptive = { ...ring.schedule.adaptive, lower: 0.9, upper: 0.9 };
    expect(() => parseConfig({ ...ring, schedule: { ...ring.schedule, adaptive } })).toThrow(
      /schedule\.adaptive\.lower.*below upper \(0\.9\)/,
    );
  });
});

/** A shell that measures each discriminator step at once, as the run does. */
class Measured {
  readonly virtual: VirtualShell;
  readonly applied: string[] = [];
  readonly #accuracies: readonly number[];

  constructor(change: Partial<CoreSettings>, start: Start, accuracies: readonly number[]) {
    this.#accuracies = accuracies;
    this.virtual = new VirtualShell(initialState({ ...settings, ...change }, start));
    this.virtual.dispatch({ type: 'start', at: 0, fresh: false });
    this.virtual.join(steadyWorker(1, 10));
  }

  /** Lets so many steps happen. */
  steps(count: number): this {
    const { virtual, applied } = this;
    let seen = virtual.effects.length;
    for (const end = applied.length + count; applied.length < end;) {
      const before = virtual.state.version;
      virtual.run(({ version }) => version > before);
      const fresh: CoreEffect[] = virtual.effects.slice(seen).map(({ effect }) => effect);
      seen = virtual.effects.length;
      for (const effect of fresh) {
        if (effect.type !== 'apply') continue;
        const { phase, steps } = effect.position;
        applied.push(`${phase[0]}${steps[phase]}`);
        if (phase !== 'discriminator') continue;
        const accuracy = this.#accuracies[steps.discriminator] ?? 0.7;
        virtual.dispatch({ type: 'measured', at: virtual.now, accuracy });
      }
    }
    return this;
  }
}

describe('the core with an adaptive schedule', () => {
  const perfect = Array.from({ length: 4 }, () => 1);

  it('gives the generator more steps while the discriminator is perfect, and takes them back', () => {
    const run = new Measured({}, freshStart, [...perfect, 0.01, 0.01, 0.01, 0.6]).steps(24);
    expect(run.applied.join(' ')).toBe(
      'd0 g0 d1 g1 g2 d2 g3 g4 g5 d3 g6 g7 g8 d4 g9 g10 g11 d5 g12 g13 g14 d6 g15 g16',
    );
    expect(run.virtual.happenings().filter(({ type }) => type === 'schedule-changed')).toMatchObject([
      { iteration: 1, discriminator: 1, generator: 2, accuracy: 1 },
      { iteration: 2, discriminator: 1, generator: 3, accuracy: 1 },
      { iteration: 6, discriminator: 1, generator: 2 },
      { iteration: 7, discriminator: 1, generator: 1 },
    ]);
  });

  it('measures without consequence where nothing adapts', () => {
    const run = new Measured({ adaptive: null }, freshStart, perfect).steps(6);
    expect(run.applied.join(' ')).toBe('d0 g0 d1 g1 d2 g2');
    expect(run.virtual.state.balance.extra).toBe(0);
  });

  it.each([3, 4, 7, 8])('goes on after step %d as if it had never stopped', (stop) => {
    const accuracies = [...perfect, 0.2, 0.1, 0.1, 0.4, 0.9, 1, 1];
    const whole = new Measured({}, freshStart, accuracies).steps(30);
    const first = new Measured({}, freshStart, accuracies).steps(stop);
    const { position, version, balance, counters } = first.virtual.state;
    // As a checkpoint holds it.
    const start = JSON.parse(JSON.stringify({ position, version, balance, counters })) as Start;
    const second = new Measured({}, start, accuracies).steps(30 - stop);
    expect([...first.applied, ...second.applied]).toEqual(whole.applied);
    expect(second.virtual.state.balance).toEqual(whole.virtual.state.balance);
  });

  it('begins even from a checkpoint of before there was one', () => {
    expect(initialState(settings, freshStart).balance).toEqual(evenBalance);
  });
});
