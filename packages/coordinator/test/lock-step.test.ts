import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { deadlineFloor } from '../src/core/deadline.ts';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreEffect, CoreEvent, CoreSettings, CoreState, Lease } from '../src/core/types.ts';
import { steadyWorker, VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const settings: CoreSettings = {
  ...plainSettings,
  blocksPerLease: 4,
  exchanges: { discriminator: 2, generator: 3 },
  checkpointEvery: 100,
  evaluateEvery: 100,
};

/** A run in lock step, without a first sheet. */
function shell(change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart));
  virtual.dispatch({ type: 'start', at: 0, fresh: false });
  return virtual;
}

/** Answers nothing by itself: the test does it for it. */
const byHand = (id: number): VirtualWorker => ({ ...steadyWorker(id, 10), answerAfter: () => null });

/** Workers by hand 1, 2, … that hold the first step together, at time 0. */
function together(count: number, change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = shell(change);
  // While the first has the whole step, the others wait; without it they begin together.
  for (let id = 0; id <= count; id++) virtual.join(byHand(id));
  virtual.leave(0);
  virtual.effects.length = 0;
  return virtual;
}

const leaseOf = (virtual: VirtualShell, worker: number): Lease | undefined =>
  virtual.state.leases.get(virtual.state.workers.get(worker)?.lease ?? -1);
const held = (virtual: VirtualShell, worker: number): Lease => {
  const lease = leaseOf(virtual, worker);
  if (lease === undefined) throw new TypeError(`worker ${worker} has no lease`);
  return lease;
};
const common = (virtual: VirtualShell, { worker, id }: Lease) => ({ at: virtual.now, worker, lease: id });
const contribution = (
  virtual: VirtualShell,
  lease: Lease,
  exchange: number,
): Extract<CoreEvent, { type: 'contributed' }> => ({
  ...common(virtual, lease),
  type: 'contributed',
  version: lease.version,
  phase: virtual.state.position.phase,
  exchange,
});
const update = (virtual: VirtualShell, lease: Lease): Extract<CoreEvent, { type: 'update' }> => ({
  ...common(virtual, lease),
  type: 'update',
  unusual: [],
  took: 0,
  version: lease.version,
  phase: virtual.state.position.phase,
  parts: lease.task.kind === 'step' ? lease.task.blocks.map((firstBlock) => ({ firstBlock, blocks: 1 })) : [],
});
const typesOf = (effects: readonly CoreEffect[]): string[] => effects.map(({ type }) => type);
const blocksOf = ({ task }: Lease): readonly number[] => (task.kind === 'step' ? task.blocks : []);
const ended = (state: CoreState): boolean => state.status === 'ended';
const ofType = <T extends CoreEffect['type']>(
  virtual: VirtualShell,
  type: T,
): Extract<CoreEffect, { type: T }>[] =>
  virtual.effects.flatMap(({ effect }) =>
    effect.type === type ? [effect as Extract<CoreEffect, { type: T }>] : [],
  );
const restarts = (virtual: VirtualShell) =>
  virtual.happenings().filter((happening) => happening.type === 'step-restarted');

/**
 * Each step is applied once, after each of its exchanges was merged once, in order, from all blocks, and each block was
 * accepted once; what was taken before a restart does not count.
 */
function expectExactRun(virtual: VirtualShell): void {
  const { blocks, iterations, exchanges } = virtual.state.settings;
  const all = Array.from({ length: blocks }, (_, i) => i);
  const leases = new Map(ofType(virtual, 'lease').map(({ lease }) => [lease.id, lease]));
  let taken: number[] = [];
  let accepted: number[] = [];
  let merged = 0;
  let version = 0;
  for (const { effect } of virtual.effects) {
    if (effect.type === 'take') {
      expect(effect.exchange).toBe(merged);
      taken.push(...blocksOf(effect.lease));
    } else if (effect.type === 'merge') {
      expect(taken.toSorted((a, b) => a - b)).toEqual(all);
      taken = [];
      merged += 1;
    } else if (effect.type === 'accept') {
      accepted.push(...blocksOf(leases.get(effect.lease) as Lease));
    } else if (effect.type === 'restart') {
      [taken, accepted, merged] = [[], [], 0];
    } else if (effect.type === 'apply') {
      expect(effect.version).toBe(version);
      expect(merged).toBe(exchanges[effect.position.phase]);
      expect(accepted.toSorted((a, b) => a - b)).toEqual(all);
      [taken, accepted, merged] = [[], [], 0];
      version += 1;
    }
  }
  expect(version).toBe(2 * iterations);
  const { counters, workers } = virtual.state;
  const steps = 2 * iterations * blocks;
  expect(counters.microbatches).toBe(steps);
  expect([...workers.values()].reduce((sum, { microbatches }) => sum + microbatches, 0)).toBe(steps);
  expect(counters.leases.granted).toBe(ofType(virtual, 'lease').length);
  const sheets = ofType(virtual, 'accept-evaluation').length;
  expect(counters.leases.completed - sheets).toBe(
    completedSteps(virtual).reduce((sum, parts) => sum + parts, 0),
  );
}

/** Of each step that was applied: the leases whose answers it is made of. */
function completedSteps(virtual: VirtualShell): number[] {
  const parts: number[] = [];
  let now = 0;
  for (const { effect } of virtual.effects) {
    if (effect.type === 'accept') now += 1;
    if (effect.type === 'apply') parts.push(now);
    if (effect.type === 'restart' || effect.type === 'apply') now = 0;
  }
  return parts;
}

describe('a step in lock step', () => {
  it('is leased at once, to all that are free', () => {
    const virtual = together(3);
    const parts = [1, 2, 3].map((id) => blocksOf(held(virtual, id)));
    expect(parts.flat()).toEqual([0, 1, 2, 3]);
    for (const part of parts) expect(part.length).toBeGreaterThan(0);
  });

  it('merges an exchange when every lease has contributed, and tells them all', () => {
    const virtual = together(2);
    const [one, two] = [held(virtual, 1), held(virtual, 2)];
    expect(typesOf(virtual.dispatch(contribution(virtual, one, 0)))).toEqual(['take']);
    const last = virtual.dispatch(contribution(virtual, two, 0));
    expect(typesOf(last).slice(0, 2)).toEqual(['take', 'merge']);
    expect(last[1]).toEqual({
      type: 'merge',
      phase: 'discriminator',
      version: 0,
      exchange: 0,
      workers: [1, 2],
    });
    expect(virtual.state.merged).toBe(1);
  });

  it('works with one worker, and with more workers than blocks', () => {
    for (const workers of [1, 7]) {
      const virtual = shell();
      for (let id = 1; id <= workers; id++) virtual.join(steadyWorker(id, 10));
      expect(virtual.run(ended)).toBe(true);
      expectExactRun(virtual);
      expect(restarts(virtual)).toEqual([]);
    }
  });

  it('is scheduled as ever in a phase without exchanges', () => {
    const virtual = shell({ exchanges: { discriminator: 2, generator: 0 }, iterations: 1 });
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.position.phase === 'generator');
    // Late, and raced: nothing of it begins anew.
    virtual.dispatch({ type: 'left', at: virtual.now, worker: 1, forGood: false });
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    expect(restarts(virtual)).toEqual([]);
  });

  it('is not joined in the middle: who comes waits for the next', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.merged === 1);
    virtual.join(steadyWorker(2, 10));
    expect(leaseOf(virtual, 2)).toBeUndefined();
    virtual.run((state) => state.version === 1);
    expect(leaseOf(virtual, 2)).toBeDefined();
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    expect(restarts(virtual)).toEqual([]);
  });

  it('gives nothing of it to a worker that has answered while others compute', () => {
    const virtual = together(2, { exchanges: { discriminator: 1, generator: 1 } });
    const [one, two] = [held(virtual, 1), held(virtual, 2)];
    virtual.dispatch(contribution(virtual, one, 0));
    virtual.dispatch(contribution(virtual, two, 0));
    virtual.dispatch(update(virtual, one));
    expect(leaseOf(virtual, 1)).toBeUndefined();
    expect(virtual.state.counters.microbatches).toBe(0); // not yet part of the run
    virtual.dispatch(update(virtual, two));
    expect(virtual.state).toMatchObject({ version: 1, merged: 0, counters: { microbatches: 4 } });
    expect(blocksOf(held(virtual, 1)).length + blocksOf(held(virtual, 2)).length).toBe(4);
  });
});

describe('deadlines and pace in lock step', () => {
  it('do not touch a lease that waits; the one waited for expires', () => {
    const virtual = together(2);
    virtual.dispatch(contribution(virtual, held(virtual, 1), 0));
    const [slow] = [held(virtual, 2)];
    expect(held(virtual, 1).deadline).toBe(Infinity);
    virtual.now = slow.deadline;
    const effects = virtual.dispatch({ type: 'tick', at: virtual.now });
    expect(virtual.happenings()).toContainEqual({
      type: 'step-restarted',
      version: 0,
      phase: 'discriminator',
      worker: 2,
      reason: 'expired',
      exchanges: 0,
    });
    expect(effects.filter(({ type }) => type === 'revoke')).toHaveLength(2);
    // All of it goes to who answers.
    expect(blocksOf(held(virtual, 1))).toEqual([0, 1, 2, 3]);
    expect(held(virtual, 2)).toMatchObject({ id: slow.id, expired: true });
  });

  it('begin anew with each exchange', () => {
    const virtual = together(2);
    virtual.now = deadlineFloor - 1;
    for (const id of [1, 2]) virtual.dispatch(contribution(virtual, held(virtual, id), 0));
    for (const id of [1, 2]) expect(held(virtual, id).deadline).toBeGreaterThanOrEqual(2 * deadlineFloor - 1);
  });

  it('count the own time only, not the waiting', () => {
    const virtual = together(2, { exchanges: { discriminator: 1, generator: 1 } });
    const [quick, slow] = [held(virtual, 1), held(virtual, 2)];
    virtual.now = 20;
    virtual.dispatch(contribution(virtual, quick, 0));
    virtual.now = 1000;
    virtual.dispatch(contribution(virtual, slow, 0));
    virtual.now = 1020;
    virtual.dispatch(update(virtual, quick));
    virtual.now = 1500;
    virtual.dispatch(update(virtual, slow));
    // 0.7 of the 10 ms that both were ready with, and 0.3 of 40 ms and 1500 ms by 2 blocks.
    expect(virtual.state.workers.get(1)?.pace).toBeCloseTo(7 + 0.3 * 20, 9);
    expect(virtual.state.workers.get(2)?.pace).toBeCloseTo(7 + 0.3 * 750, 9);
  });

  it('share out by what workers can do, and stay there', () => {
    const virtual = shell({ blocks: 12, blocksPerLease: 12, iterations: 40 });
    virtual.join({ ...steadyWorker(1, 50), millisecondsPerMicrobatch: 10 });
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    const sizes = ofType(virtual, 'lease')
      .filter(({ lease }) => lease.worker === 1 && lease.task.kind === 'step' && lease.version >= 40)
      .map(({ lease }) => blocksOf(lease).length);
    expect(new Set(sizes)).toEqual(new Set([2]));
  });

  it('give a worker that is alone, and far slower than it said, ever more time', () => {
    const virtual = shell({ iterations: 1 });
    virtual.join({ ...steadyWorker(1, 10_000), millisecondsPerMicrobatch: 1 });
    expect(virtual.run(ended, 400_000)).toBe(true);
    expectExactRun(virtual);
    expect(restarts(virtual).length).toBeGreaterThan(0);
  });
});

describe('a worker lost in mid-pass', () => {
  const losses: [string, (virtual: VirtualShell, lease: Lease) => CoreEvent, string][] = [
    ['leaves', (v, l) => ({ type: 'left', at: v.now, worker: l.worker, forGood: false }), 'left'],
    [
      'connects anew',
      (v, l) => ({ type: 'joined', at: v.now, worker: l.worker, name: 'again', kind: 'tab' }),
      'left',
    ],
    [
      'is paused by its user',
      (v, l) => ({ ...common(v, l), type: 'gave-back', cause: 'paused', reason: 'paused' }),
      'gave-back',
    ],
    [
      'fails',
      (v, l) => ({ ...common(v, l), type: 'gave-back', cause: 'failed', reason: 'no memory' }),
      'gave-back',
    ],
    [
      'sends what cannot be right',
      (v, l) => ({ ...common(v, l), type: 'rejected', reason: 'NaN', notFinite: true }),
      'rejected',
    ],
    ['contributes out of order', (v, l) => contribution(v, l, 1), 'rejected'],
    ['leaves exchanges out', (v, l) => update(v, l), 'rejected'],
  ];

  it.each(losses)('voids the step: it %s', (_name, lose, reason) => {
    const virtual = together(3);
    const leases = [1, 2, 3].map((id) => held(virtual, id));
    virtual.dispatch(contribution(virtual, leases[0], 0));
    const effects = virtual.dispatch(lose(virtual, leases[1]));
    expect(effects.filter(({ type }) => type === 'restart')).toHaveLength(1);
    // Those that are still there are called off, and share all of it at once.
    expect(effects.filter(({ type }) => type === 'revoke')).toEqual([
      { type: 'revoke', worker: 1, lease: leases[0].id },
      { type: 'revoke', worker: 3, lease: leases[2].id },
    ]);
    expect(restarts(virtual)).toMatchObject([{ worker: 2, reason }]);
    const again = [...virtual.state.leases.values()].flatMap(blocksOf);
    expect(again.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3]);
    expect(virtual.state.counters.leases.revoked).toBe(2);
    expect(virtual.state.workers.get(1)).toMatchObject({ stage: 'ready', failures: 0 });
  });

  it('takes back what had been accepted', () => {
    const virtual = together(2, { exchanges: { discriminator: 1, generator: 1 } });
    const [one, two] = [held(virtual, 1), held(virtual, 2)];
    virtual.dispatch(contribution(virtual, one, 0));
    virtual.dispatch(contribution(virtual, two, 0));
    virtual.dispatch(update(virtual, one));
    expect(virtual.state.counters.leases.completed).toBe(1);
    virtual.dispatch({ type: 'left', at: 5, worker: 2, forGood: false });
    const { counters, done, merged } = virtual.state;
    expect(counters.leases).toMatchObject({ completed: 0, revoked: 1, expired: 2 });
    expect(counters.microbatches).toBe(0);
    expect(done).toEqual([false, false, false, false]);
    expect(merged).toBe(0);
    expect(blocksOf(held(virtual, 1))).toEqual([0, 1, 2, 3]);
  });

  it('makes what others had sent for it late: dropped, counted, not punished', () => {
    const virtual = together(2);
    const before = held(virtual, 1);
    const late = [contribution(virtual, before, 0), update(virtual, before)];
    virtual.dispatch({ type: 'left', at: 1, worker: 2, forGood: false });
    const now = held(virtual, 1);
    for (const event of late) {
      const effects = virtual.dispatch(event);
      expect(typesOf(effects)).toEqual(['happening']);
      expect(effects).toMatchObject([{ happening: { type: 'lease-duplicate', lease: before.id } }]);
    }
    const givenBack = { type: 'gave-back', cause: 'revoked', reason: '' } as const;
    expect(virtual.dispatch({ ...common(virtual, before), ...givenBack })).toEqual([]);
    expect(held(virtual, 1)).toEqual(now);
    expect(virtual.state.counters.leases.duplicate).toBe(2);
    expect(virtual.state.workers.get(1)).toMatchObject({ stage: 'ready', failures: 0 });
  });

  it.each<[string, (v: VirtualShell, l: Lease) => CoreEvent]>([
    [
      'gives back what was called off',
      (v, l) => ({ ...common(v, l), type: 'gave-back', cause: 'revoked', reason: '' }),
    ],
    ['contributes to what was called off', (v, l) => contribution(v, l, 0)],
    ['answers what was called off', update],
  ])('is free again when it wakes and %s', (_name, answer) => {
    const virtual = together(2);
    const frozen = held(virtual, 2);
    const late = answer(virtual, frozen);
    virtual.dispatch(contribution(virtual, held(virtual, 1), 0));
    virtual.now = frozen.deadline;
    virtual.dispatch({ type: 'tick', at: virtual.now });
    const other = held(virtual, 1);
    const effects = virtual.dispatch({ ...late, at: virtual.now + 5 });
    expect(effects.filter(({ type }) => type !== 'happening' && type !== 'wake')).toEqual([]);
    expect(virtual.state.workers.get(2)).toMatchObject({ lease: null, stage: 'ready', failures: 0 });
    expect(held(virtual, 1)).toEqual(other);
  });

  it('frees none of several that are late together', () => {
    const virtual = together(3);
    virtual.dispatch(contribution(virtual, held(virtual, 1), 0));
    virtual.now = 10 * deadlineFloor;
    virtual.dispatch({ type: 'tick', at: virtual.now });
    expect([2, 3].map((id) => held(virtual, id).expired)).toEqual([true, true]);
    expect(blocksOf(held(virtual, 1))).toEqual([0, 1, 2, 3]);
    expect(restarts(virtual)).toHaveLength(1);
  });

  it('gives a lease back as revoked that was not: that is a failure', () => {
    const virtual = together(2);
    const givenBack = { type: 'gave-back', cause: 'revoked', reason: '' } as const;
    virtual.dispatch({ ...common(virtual, held(virtual, 2)), ...givenBack });
    expect(virtual.state.workers.get(2)?.failures).toBe(1);
  });
});

describe('the end in lock step', () => {
  it('comes after the step under way when asked for', () => {
    const virtual = shell();
    for (const id of [1, 2]) virtual.join(steadyWorker(id, 10));
    virtual.run((state) => state.version === 2 && state.merged === 1);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(virtual.run(ended)).toBe(true);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'stopped' }]);
    expect(virtual.state.version).toBe(3);
  });

  it('comes after the step that began anew while stopping', () => {
    const virtual = shell();
    for (const id of [1, 2]) virtual.join(steadyWorker(id, 10));
    virtual.run((state) => state.version === 2 && state.merged === 1);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    virtual.leave(2);
    expect(virtual.state.status).toBe('stopping');
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.state.version).toBe(3);
  });

  it('comes at once where the last worker is lost while stopping', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.merged === 1);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    virtual.leave(1);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'stopped' }]);
  });

  it('calls off who waits at an exchange when training has diverged', () => {
    const virtual = together(3);
    // All of them compute one step right.
    for (let exchange = 0; exchange < settings.exchanges.discriminator; exchange++) {
      for (const id of [1, 2, 3]) virtual.dispatch(contribution(virtual, held(virtual, id), exchange));
    }
    for (const id of [1, 2, 3]) virtual.dispatch(update(virtual, held(virtual, id)));
    expect(virtual.state.version).toBe(1);
    const leases = [1, 2, 3].map((id) => held(virtual, id));
    const nan = { type: 'rejected', reason: 'NaN', notFinite: true } as const;
    virtual.dispatch(contribution(virtual, leases[2], 0));
    virtual.dispatch({ ...common(virtual, leases[0]), ...nan });
    expect(virtual.state.status).toBe('running');
    virtual.effects.length = 0;
    virtual.dispatch({ ...common(virtual, held(virtual, 2)), ...nan });
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
    expect(ofType(virtual, 'revoke')).toMatchObject([{ worker: 3 }]);
    expect(virtual.state.leases.size).toBe(0);
  });
});

describe('any crowd', () => {
  it('comes to the same run in lock step, whoever joins, leaves, freezes or is slow', () => {
    const worker = fc.record({
      pace: fc.integer({ min: 1, max: 60 }),
      joins: fc.integer({ min: 0, max: 3000 }),
      leaves: fc.option(fc.integer({ min: 1, max: 3000 })),
      slowEvery: fc.integer({ min: 2, max: 9 }),
      freezesEvery: fc.integer({ min: 5, max: 30 }),
    });
    fc.assert(
      fc.property(
        fc.array(worker, { minLength: 1, maxLength: 6 }),
        fc.constantFrom({ discriminator: 2, generator: 3 }, { discriminator: 0, generator: 2 }),
        (population, exchanges) => {
          const virtual = shell({ exchanges, blocks: 5, blocksPerLease: 5, evaluateEvery: 4 });
          // Somebody steady is always there, so that the run can end.
          virtual.join(steadyWorker(1000, 40));
          const at = population.flatMap((one, i) => {
            let leases = 0;
            let turns = 0;
            const machine: VirtualWorker = {
              id: i,
              millisecondsPerMicrobatch: one.pace,
              answerAfter: () => one.pace * (++leases % one.slowEvery === 0 ? 200 : 1),
              freezesBefore: () => ++turns % one.freezesEvery === 0,
            };
            const leave = { time: one.joins + (one.leaves ?? 0), act: () => virtual.leave(i) };
            return [
              { time: one.joins, act: () => virtual.join(machine) },
              ...(one.leaves === null ? [] : [leave]),
            ];
          });
          for (const { time, act } of at.toSorted((a, b) => a.time - b.time)) {
            virtual.run(() => false, time);
            virtual.now = Math.max(virtual.now, time);
            act();
          }
          expect(virtual.run(ended)).toBe(true);
          expectExactRun(virtual);
          expect(ofType(virtual, 'refuse')).toEqual([]);
        },
      ),
      { seed: 3, numRuns: 100 },
    );
  });
});
