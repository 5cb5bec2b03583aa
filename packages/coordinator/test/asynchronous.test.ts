/** Steps that are computed at the same time and applied as they come: none is lost, and none is applied twice. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openSteps } from '../src/core/ahead.ts';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreEffect, CoreEvent, CoreSettings, CoreState } from '../src/core/types.ts';
import { waitingFor } from '../src/core/waiting.ts';
import { plainSettings } from './support/plain-settings.ts';
import { steadyWorker, VirtualShell } from './support/virtual-shell.ts';

const settings: CoreSettings = {
  ...plainSettings,
  strategy: { kind: 'asynchronous', bound: 4, exponent: 1 },
  wholeLeases: true,
  iterations: 20,
  evaluateEvery: 100,
};

function shell(change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart));
  virtual.dispatch({ type: 'start', at: 0, fresh: false });
  return virtual;
}
const bounded = (bound: number): Partial<CoreSettings> => ({
  strategy: { kind: 'asynchronous', bound, exponent: 1 },
});

const ended = (state: CoreState): boolean => state.status === 'ended';
const ofType = <T extends CoreEffect['type']>(virtual: VirtualShell, type: T) =>
  virtual.effects.flatMap(({ effect }) =>
    effect.type === type ? [effect as Extract<CoreEffect, { type: T }>] : [],
  );
/** Each applied step as `d0`, in the order of the schedule. */
const applied = (virtual: VirtualShell): string[] =>
  ofType(virtual, 'apply')
    .map(({ position: { phase, steps } }) => `${phase[0]}${String(steps[phase]).padStart(3, '0')}`)
    .toSorted();
const steps = (count: number): string[] =>
  ['d', 'g'].flatMap((phase) =>
    Array.from({ length: count }, (_, i) => `${phase}${String(i).padStart(3, '0')}`),
  );
const staleness = (virtual: VirtualShell): (number | null)[] =>
  ofType(virtual, 'apply').map(({ staleness: versions }) => versions);
const control = (
  virtual: VirtualShell,
  wanted: Extract<CoreEvent, { type: 'controlled' }>['control'],
): void => void virtual.dispatch({ type: 'controlled', at: virtual.now, control: wanted });
/** Leases of steps that are out. */
const out = ({ state }: VirtualShell): number[] =>
  [...state.leases.values()]
    .filter(({ expired, task }) => !expired && task.kind === 'step')
    .map(({ worker }) => worker);

describe('a step', () => {
  it('is applied once, and stale by as many versions as others made meanwhile', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(applied(virtual)).toEqual(steps(20));
    expect(ofType(virtual, 'apply').map(({ version }) => version)).toEqual(
      Array.from({ length: 40 }, (_, i) => i),
    );
    // Of three equal workers each is two late, but for the first and second of all.
    expect(staleness(virtual)).toEqual([0, 1, ...Array.from({ length: 38 }, () => 2)]);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'complete' }]);
    expect(virtual.state.counters).toMatchObject({
      microbatches: 160,
      leases: { completed: 40 + 1, stale: 0, expired: 0, duplicate: 0 },
    });
    expect(ofType(virtual, 'checkpoint').map(({ position }) => position.iteration)).toEqual([5, 10, 15, 20]);
  });

  it('is leased whole, those of both phases at once', () => {
    const virtual = shell({ lengths: { discriminator: 2, generator: 1 } });
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    const leases = [...virtual.state.leases.values()];
    expect(leases.map(({ position: { phase, steps: done } }) => phase[0] + done[phase])).toEqual([
      'd0',
      'd1',
      'g0',
    ]);
    expect(leases.map(({ task }) => task.kind === 'step' && task.blocks)).toEqual(
      [0, 1, 2].map(() => [0, 1, 2, 3]),
    );
    expect(leases.map(({ version }) => version)).toEqual([0, 0, 0]);
  });

  it('begins with nobody who would be beyond the bound among equals', () => {
    const virtual = shell(bounded(1));
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    expect(out(virtual)).toEqual([1, 2]);
    expect(waitingFor(virtual.state, 3)).toEqual({ for: 'others', count: 2 });
    expect(virtual.run(ended)).toBe(true);
    expect(Math.max(...staleness(virtual).map(Number))).toBe(1);
    expect(applied(virtual)).toEqual(steps(20));
    const alone = shell(bounded(0));
    for (const id of [1, 2]) alone.join(steadyWorker(id, 10));
    expect(alone.run(ended)).toBe(true);
    // One after the other: in the order of the schedule.
    expect(staleness(alone)).toEqual(Array.from({ length: 40 }, () => 0));
    expect(ofType(alone, 'apply').map(({ position: { iteration } }) => iteration)).toEqual(
      Array.from({ length: 40 }, (_, i) => i >> 1),
    );
  });

  it('comes to nothing beyond the bound: that is counted and told, and it is leased again on the newest version', () => {
    const virtual = shell(bounded(2));
    virtual.join(steadyWorker(1, 100));
    for (const id of [2, 3]) virtual.join(steadyWorker(id, 10));
    expect(virtual.run(({ counters }) => counters.leases.stale > 0)).toBe(true);
    const [told] = virtual.happenings().filter(({ type }) => type === 'lease-stale');
    expect(told).toMatchObject({ type: 'lease-stale', worker: 1, lease: 1 });
    expect((told as { staleness: number }).staleness).toBeGreaterThan(2);
    const again = [...virtual.state.leases.values()].find(
      ({ position: { steps: done, phase } }) => done[phase] === 0,
    );
    expect(again).toMatchObject({
      version: virtual.state.version,
      position: { phase: 'discriminator', iteration: 0 },
    });
    // It did nothing wrong.
    expect(ofType(virtual, 'refuse')).toEqual([]);
    expect(virtual.state.workers.get(1)?.stage).toBe('ready');
    virtual.leave(1);
    expect(virtual.run(ended)).toBe(true);
    expect(applied(virtual)).toEqual(steps(20));
  });

  it('of another phase than was leased cannot be right', () => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    const parts = [{ firstBlock: 0, blocks: 4 }];
    const update = {
      type: 'update',
      at: 1,
      worker: 1,
      lease: 1,
      version: 0,
      parts,
      unusual: [],
      took: 1,
    } as const;
    virtual.dispatch({ ...update, phase: 'generator' });
    expect(ofType(virtual, 'refuse').map(({ code }) => code)).toEqual(['UPDATE_INVALID']);
    expect(virtual.state.ahead?.again.map(({ phase }) => phase)).toEqual(['discriminator']);
  });
});

describe('a step whose worker is lost', () => {
  const lose: readonly (readonly [string, (virtual: VirtualShell) => void])[] = [
    ['left', (virtual) => virtual.leave(1)],
    [
      'gave it back',
      (virtual) =>
        void virtual.dispatch({
          type: 'gave-back',
          at: virtual.now,
          worker: 1,
          lease: 1,
          cause: 'failed',
          reason: '',
        }),
    ],
    [
      'sent what cannot be right',
      (virtual) =>
        void virtual.dispatch({
          type: 'rejected',
          at: virtual.now,
          worker: 1,
          lease: 1,
          reason: '',
          notFinite: false,
        }),
    ],
    ['never answers', () => undefined],
    ['was removed', (virtual) => void virtual.dispatch({ type: 'removed', at: virtual.now, worker: 1 })],
  ];
  it.each(lose)('is leased again: it %s', (_how, happen) => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(1, 10), answerAfter: ({ id }) => (id === 1 ? null : 40) });
    virtual.join(steadyWorker(2, 10));
    virtual.run(({ version }) => version === 1);
    happen(virtual);
    expect(virtual.run(ended)).toBe(true);
    expect(applied(virtual)).toEqual(steps(20));
  });

  it('is taken late while nobody else has it, and not wanted where somebody has', () => {
    for (const [others, outcome] of [
      [1, 'completed'],
      [2, 'duplicate'],
    ] as const) {
      const virtual = shell({ ...bounded(10_000), iterations: 100 });
      // Past its deadline, the floor of 2,000, but not past the end of the run.
      virtual.join({ ...steadyWorker(1, 10), answerAfter: ({ id }) => (id === 1 ? 2500 : 40) });
      for (let id = 2; id <= others; id++) virtual.join(steadyWorker(id, 10));
      virtual.run(({ leases }) => leases.get(1)?.expired === true);
      const before = virtual.state.counters.leases[outcome];
      virtual.run(({ leases }) => !leases.has(1));
      expect(virtual.state.counters.leases[outcome], outcome).toBeGreaterThan(before);
      expect(virtual.run(ended)).toBe(true);
      expect(applied(virtual)).toEqual(steps(100));
    }
  });
});

describe('live', () => {
  it('a pause lets what is out be finished; by units one step is out at a time', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    virtual.run(({ version }) => version === 4);
    control(virtual, { type: 'pause' });
    expect(virtual.run(() => false)).toBe(false);
    expect(virtual.state.version).toBe(7);
    expect(virtual.happenings().filter(({ type }) => type === 'paused')).toEqual([
      { type: 'paused', version: 7, iteration: 3 },
    ]);
    control(virtual, { type: 'advance', unit: 'step' });
    expect(out(virtual)).toHaveLength(1);
    virtual.run(() => false);
    expect(virtual.state.version).toBe(8);
    control(virtual, { type: 'advance', unit: 'iteration' });
    virtual.run(() => false);
    expect(virtual.state).toMatchObject({ version: 10, position: { iteration: 5 } });
    control(virtual, { type: 'go-on' });
    expect(out(virtual)).toHaveLength(3);
    expect(virtual.run(ended)).toBe(true);
    expect(applied(virtual)).toEqual(steps(20));
  });

  it('one network trains alone from the next lease on', () => {
    const virtual = shell({ iterations: 4 });
    for (const id of [1, 2]) virtual.join(steadyWorker(id, 10));
    control(virtual, { type: 'train-only', phase: 'generator' });
    expect(virtual.run(ended)).toBe(true);
    // What was out is finished: d0 and g0.
    expect(applied(virtual)).toEqual(['d000', 'g000', 'g001', 'g002', 'g003']);
  });

  it('a stop waits for what is out, and begins nothing', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    virtual.run(({ version }) => version === 4);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(virtual.state.status).toBe('stopping');
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.state.version).toBe(7);
    expect(openSteps(virtual.state)).toMatchObject({ again: [], next: { iteration: 3, phase: 'generator' } });
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'stopped' }]);
  });

  it('numbers that are not finite for two that computed right before end it', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    virtual.run(({ version }) => version === 9);
    for (const [worker, lease] of [...virtual.state.leases.values()]
      .slice(0, 2)
      .map((one) => [one.worker, one.id])) {
      virtual.dispatch({ type: 'rejected', at: virtual.now, worker, lease, reason: '', notFinite: true });
    }
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
  });
});

it('goes on from a checkpoint with the steps that had not been applied', () => {
  const virtual = shell();
  for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 7 + 5 * id));
  virtual.run(({ version }) => version === 17);
  const { state } = virtual;
  const ahead = openSteps(state);
  expect(ahead?.again).toHaveLength(3);
  const start = { ...freshStart, position: state.position, version: state.version, ...(ahead && { ahead }) };
  const resumed = new VirtualShell(initialState(settings, start));
  resumed.dispatch({ type: 'start', at: 0, fresh: false });
  expect(resumed.state.position).toEqual(state.position);
  for (const id of [1, 2]) resumed.join(steadyWorker(id, 10));
  expect(resumed.run(ended)).toBe(true);
  expect([...applied(virtual), ...applied(resumed)].toSorted()).toEqual(steps(20));
});

it('applies each step once, and none beyond the bound, whoever comes and goes', () => {
  const worker = fc.record({
    pace: fc.integer({ min: 1, max: 60 }),
    joins: fc.nat(400),
    leaves: fc.nat(1500),
  });
  fc.assert(
    fc.property(fc.array(worker, { minLength: 1, maxLength: 6 }), fc.nat(5), (workers, bound) => {
      const virtual = shell(bounded(bound));
      const happenings = workers.flatMap(({ pace, joins, leaves }, i) => [
        { at: joins, happen: () => virtual.join(steadyWorker(i + 1, pace)) },
        { at: joins + leaves, happen: () => virtual.leave(i + 1) },
      ]);
      for (const { at, happen } of happenings.toSorted((a, b) => a.at - b.at)) {
        virtual.run(ended, at);
        virtual.now = Math.max(virtual.now, at);
        happen();
        expect(out(virtual).length).toBeLessThanOrEqual(bound + 1);
      }
      virtual.join(steadyWorker(100, 5));
      expect(virtual.run(ended)).toBe(true);
      expect(applied(virtual)).toEqual(steps(20));
      expect(Math.max(...staleness(virtual).map(Number))).toBeLessThanOrEqual(bound);
    }),
    { numRuns: 60, seed: 1 },
  );
});
