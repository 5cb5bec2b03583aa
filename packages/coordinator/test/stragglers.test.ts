/** How long steps take in a class of which a fifth straggles, in virtual time. */
import { describe, expect, it } from 'vitest';
import { raceFloor } from '../src/core/race.ts';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreSettings } from '../src/core/types.ts';
import { classOf } from './support/stragglers.ts';
import { steadyWorker, VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const settings: CoreSettings = {
  ...plainSettings,
  blocks: 60,
  audit: { probability: 0.01, secret: [1, 2] },
  iterations: 200,
  checkpointEvery: 50,
  evaluateEvery: 20,
};

function shellOf(workers: readonly VirtualWorker[], change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart, [], workers.length));
  virtual.dispatch({ type: 'start', at: 0, fresh: true });
  for (const worker of workers) virtual.join(worker);
  return virtual;
}

/** Milliseconds of each step. */
function stepTimes(virtual: VirtualShell): number[] {
  const applied = virtual.effects.flatMap(({ at, effect }) => (effect.type === 'apply' ? [at] : []));
  return applied.map((at, i) => at - (applied[i - 1] ?? 0));
}

const quantile = (times: readonly number[], share: number): number =>
  times.toSorted((a, b) => a - b)[Math.ceil(share * times.length) - 1];

const crowd = 30;
const steps = 2 * settings.iterations;
/** Milliseconds a microbatch: a step takes about 2.5 times as long. */
const pace = 40;

function classTimes(stragglers: number, seed: number): number[] {
  const virtual = shellOf(classOf({ seed, workers: crowd, stragglers, pace, length: 2.5 * steps * pace }));
  expect(virtual.run((state) => state.status === 'ended')).toBe(true);
  const times = stepTimes(virtual);
  expect(times).toHaveLength(steps);
  return times;
}

describe(
  'a class of thirty, of which a fifth is slow or frozen, now and then or for good',
  { timeout: 120_000 },
  () => {
    it.each([1, 2])(
      'has steps that take little longer: p95 within twice the undisturbed (seed %i)',
      (seed) => {
        const [calm, disturbed] = [classTimes(0, seed), classTimes(0.2, seed)];
        expect(quantile(disturbed, 0.5)).toBeLessThan(2 * quantile(calm, 0.5));
        expect(quantile(disturbed, 0.95)).toBeLessThan(2 * quantile(calm, 0.95));
        // What no deadline gives, which is two seconds at least: not one step waits for long.
        expect(quantile(disturbed, 1)).toBeLessThan(2.5 * quantile(calm, 1));
      },
    );
  },
);

describe('a late lease', () => {
  /** A worker that answers its third lease of a step, and no other, after so long. */
  const lateOnce = (id: number, after: number | null): VirtualWorker => {
    const steady = steadyWorker(id, 50);
    let leases = 0;
    return {
      ...steady,
      answerAfter(lease, now) {
        if (lease.task.kind === 'step') leases += 1;
        return leases === 20 && lease.task.kind === 'step' ? after : steady.answerAfter(lease, now);
      },
    };
  };
  const small = { blocks: 4, iterations: 20 };
  const ended = ({ status }: { readonly status: string }): boolean => status === 'ended';

  it('is raced once others are idle, long before its deadline', () => {
    const virtual = shellOf([steadyWorker(1, 50), lateOnce(2, null)], small);
    expect(virtual.run(ended)).toBe(true);
    const times = stepTimes(virtual);
    expect(quantile(times, 0.95)).toBeLessThanOrEqual(100 + 100);
    // Two blocks late, then computed by the other.
    expect(quantile(times, 1)).toBeLessThanOrEqual(1.5 * 100 + 100);
    expect(virtual.happenings().filter(({ type }) => type === 'lease-late')).toHaveLength(1);
  });

  it('counts where it comes first all the same; the other answer is not needed', () => {
    const virtual = shellOf([steadyWorker(1, 50), lateOnce(2, 155)], small);
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.state.counters.leases).toMatchObject({ expired: 0, duplicate: 1 });
    expect(virtual.state.workers.get(2)?.microbatches).toBeGreaterThan(0);
  });

  it('is left alone within a tenth of a second, and where nobody is idle', () => {
    const quick = (id: number): VirtualWorker => ({ ...steadyWorker(id, 1), millisecondsPerMicrobatch: 1 });
    const hiccup: VirtualWorker = {
      ...quick(2),
      answerAfter: (lease) => (lease.version % 10 === 9 ? raceFloor - 1 : 2),
    };
    const swift = shellOf([quick(1), hiccup], small);
    expect(swift.run(ended)).toBe(true);
    expect(swift.happenings().filter(({ type }) => type === 'lease-late')).toEqual([]);

    const alone = shellOf([lateOnce(1, 1000)], small);
    expect(alone.run(ended)).toBe(true);
    expect(alone.state.counters.leases.duplicate).toBe(0);
  });

  it('is not raced in lock step, where whoever comes in has missed the exchanges', () => {
    const exchanges = { discriminator: 2, generator: 2 };
    const virtual = shellOf([steadyWorker(1, 50), lateOnce(2, 600)], { ...small, exchanges });
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.happenings().filter(({ type }) => type === 'lease-late')).toEqual([]);
    expect(virtual.state.counters.leases).toMatchObject({ expired: 0, duplicate: 0 });
  });
});
