import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { startPosition } from '@gantry/shared';
import { allowance, deadlineFloor } from '../src/core/deadline.ts';
import { shareBlocks } from '../src/core/share.ts';
import { freshStart, initialState, transition } from '../src/core/transition.ts';
import type { CoreEffect, CoreEvent, CoreSettings, CoreState, Lease } from '../src/core/types.ts';
import { steadyWorker, VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const settings = plainSettings;

function shell(change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart));
  virtual.dispatch({ type: 'start', at: 0, fresh: true });
  return virtual;
}

const ended = (state: CoreState): boolean => state.status === 'ended';
const ofType = <T extends CoreEffect['type']>(
  virtual: VirtualShell,
  type: T,
): Extract<CoreEffect, { type: T }>[] =>
  virtual.effects.flatMap(({ effect }) =>
    effect.type === type ? [effect as Extract<CoreEffect, { type: T }>] : [],
  );

/** Each step is applied once, in order, after each of its blocks was accepted once. */
function expectExactRun(virtual: VirtualShell): void {
  const { blocks, iterations, lengths } = virtual.state.settings;
  const steps = iterations * (lengths.discriminator + lengths.generator);
  expect(ofType(virtual, 'apply').map((effect) => effect.version)).toEqual(
    Array.from({ length: steps }, (_, i) => i),
  );
  const leases = new Map<number, Lease>(ofType(virtual, 'lease').map(({ lease }) => [lease.id, lease]));
  let accepted: number[] = [];
  for (const { effect } of virtual.effects) {
    if (effect.type === 'accept') {
      const { task } = leases.get(effect.lease) as Lease;
      if (task.kind === 'step') {
        accepted.push(
          ...(virtual.state.settings.wholeLeases ? task.blocks : effect.parts.map((i) => task.blocks[i])),
        );
      }
    } else if (effect.type === 'apply') {
      expect(accepted.toSorted((a, b) => a - b)).toEqual(Array.from({ length: blocks }, (_, i) => i));
      accepted = [];
    }
  }
}

describe('the schedule', () => {
  it('alternates phases, evaluates and checkpoints on time, and ends with both', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    expect(
      ofType(virtual, 'apply')
        .map(({ position }) => position.phase)
        .slice(0, 4),
    ).toEqual(['discriminator', 'generator', 'discriminator', 'generator']);
    expect(ofType(virtual, 'accept-evaluation').map(({ iteration }) => iteration)).toEqual([0, 5, 10]);
    expect(ofType(virtual, 'checkpoint').map(({ version }) => version)).toEqual([10, 20]);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'complete' }]);
  });

  it('trains each network for whole epochs where that is asked for', () => {
    const virtual = shell({ lengths: { discriminator: 3, generator: 2 }, iterations: 2 });
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    const phases = ofType(virtual, 'apply').map(
      ({ position }) => `${position.phase[0]}${position.steps[position.phase]}`,
    );
    expect(phases).toEqual(['d0', 'd1', 'd2', 'g0', 'g1', 'd3', 'd4', 'd5', 'g2', 'g3']);
  });

  it('resumes at the step after the checkpoint', () => {
    const position = {
      ...startPosition,
      iteration: 7,
      phase: 'generator' as const,
      steps: { discriminator: 8, generator: 7 },
    };
    const virtual = new VirtualShell(initialState(settings, { ...freshStart, position, version: 15 }));
    virtual.dispatch({ type: 'start', at: 0, fresh: false });
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(ofType(virtual, 'apply').map(({ version, position: at }) => [version, at.phase])[0]).toEqual([
      15,
      'generator',
    ]);
    expect(ofType(virtual, 'apply')).toHaveLength(5);
  });

  it('lacks no more than its last sheet when resumed from its end', () => {
    const position = { ...startPosition, iteration: 10, steps: { discriminator: 10, generator: 10 } };
    const virtual = new VirtualShell(initialState(settings, { ...freshStart, position, version: 20 }));
    virtual.dispatch({ type: 'start', at: 0, fresh: false });
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(ofType(virtual, 'lease').map(({ lease }) => lease.task)).toEqual([
      { kind: 'evaluation', iteration: 10, picture: null, microbatches: 4 },
    ]);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'complete' }]);
  });
});

describe('a run that waits for workers before it begins', () => {
  const waiting = (waitFor: number): VirtualShell => {
    const virtual = new VirtualShell(initialState(settings, freshStart, [], waitFor));
    virtual.dispatch({ type: 'start', at: 0, fresh: true });
    return virtual;
  };
  const join = (virtual: VirtualShell, ...ids: readonly number[]): void => {
    for (const id of ids) virtual.join(steadyWorker(id, 10));
  };
  const hello = (worker: number): CoreEvent => ({
    type: 'joined',
    at: 0,
    worker,
    name: `w${worker}`,
    kind: 'headless',
  });

  it.each<[string, number, (virtual: VirtualShell) => void, number]>([
    ['nobody, where it waits for nobody', 0, (virtual) => join(virtual, 1), 1],
    ['one of three', 3, (virtual) => join(virtual, 1), 0],
    ['two of three', 3, (virtual) => join(virtual, 1, 2), 0],
    ['three of three', 3, (virtual) => join(virtual, 1, 2, 3), 3],
    [
      'two of three, and one that is still testing',
      3,
      (virtual) => {
        join(virtual, 1, 2);
        virtual.dispatch(hello(3));
      },
      0,
    ],
    [
      'three, of whom one has left before the third came',
      3,
      (virtual) => {
        join(virtual, 1, 2);
        virtual.leave(1);
        join(virtual, 3);
      },
      0,
    ],
    [
      'three, of whom one has paused',
      3,
      (virtual) => {
        join(virtual, 1);
        virtual.dispatch({ type: 'availability', at: 0, worker: 1, state: 'paused' });
        join(virtual, 2, 3);
      },
      0,
    ],
  ])('%s: leases nothing before they are there', (_, waitFor, arrange, leased) => {
    const virtual = waiting(waitFor);
    arrange(virtual);
    expect(virtual.state.leases.size).toBe(leased);
    expect(virtual.state.waitFor).toBe(leased > 0 ? 0 : waitFor);
  });

  it('goes on with fewer once it has begun', () => {
    const virtual = waiting(2);
    join(virtual, 1, 2);
    virtual.run((state) => state.version === 2);
    virtual.leave(2);
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });

  it('does not wait to draw its last sheet, nor to be stopped', () => {
    const position = { ...startPosition, iteration: 10, steps: { discriminator: 10, generator: 10 } };
    const trained = new VirtualShell(initialState(settings, { ...freshStart, position, version: 20 }, [], 2));
    trained.dispatch({ type: 'start', at: 0, fresh: false });
    join(trained, 1);
    expect(trained.run(ended)).toBe(true);
    const stopped = waiting(2);
    join(stopped, 1);
    stopped.dispatch({ type: 'stop', at: 1 });
    expect(stopped.state.status).toBe('ended');
  });
});

describe('sharing out', () => {
  it('gives a worker three times as fast three times as much', () => {
    const { parts } = shareBlocks(
      [0, 1, 2, 3, 4, 5, 6, 7],
      [
        { id: 1, fixed: 0, each: 30 },
        { id: 2, fixed: 0, each: 10 },
      ],
      100,
    );
    expect(parts).toEqual(new Map([[1, [0, 1]], [2, [2, 3, 4, 5, 6, 7]]])); // prettier-ignore
  });

  it('counts what a lease costs before its first block', () => {
    const { parts, finish } = shareBlocks(
      [0, 1, 2, 3],
      [
        { id: 1, fixed: 25, each: 10 },
        { id: 2, fixed: 0, each: 10 },
        { id: 3, fixed: 41, each: 1 },
      ],
      100,
    );
    expect(parts).toEqual(new Map([[1, [0]], [2, [1, 2, 3]]])); // prettier-ignore
    expect(finish).toBe(35);
  });

  it('shares every block once, finishes within one block of the ideal, and respects the most', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.array(fc.double({ min: 0.5, max: 50, noNaN: true }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        (count, paces, most) => {
          const blocks = Array.from({ length: count }, (_, i) => i);
          const { parts, finish } = shareBlocks(
            blocks,
            paces.map((each, id) => ({ id, fixed: 0, each })),
            most,
          );
          const shared = [...parts.values()].flat();
          expect(shared).toEqual(blocks.slice(0, Math.min(count, most * paces.length)));
          for (const part of parts.values()) expect(part.length).toBeLessThanOrEqual(most);
          if (most < count) return;
          const ideal = count / paces.reduce((sum, pace) => sum + 1 / pace, 0);
          expect(finish).toBe(Math.max(...[...parts].map(([id, part]) => part.length * paces[id])));
          expect(finish).toBeLessThanOrEqual(ideal + Math.max(...paces) + 1e-9);
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it('learns how fast workers really are', () => {
    const virtual = shell({ blocks: 12, iterations: 40 });
    // Says it is the fast one, and is the slow one.
    virtual.join({ ...steadyWorker(1, 50), millisecondsPerMicrobatch: 1 });
    virtual.join({ ...steadyWorker(2, 10), millisecondsPerMicrobatch: 10 });
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    const last = ofType(virtual, 'lease').filter(({ lease }) => lease.version === 79);
    const sizes = new Map(
      last.map(({ lease }) => [lease.worker, lease.task.kind === 'step' ? lease.task.blocks.length : 0]),
    );
    expect(sizes).toEqual(new Map([[1, 2], [2, 10]])); // prettier-ignore
  });

  it('is even where that is asked for, and waits for whoever is slow', () => {
    const virtual = shell({ blocks: 5, iterations: 3, evaluateEvery: 100, evenShares: true });
    // By their paces the second would soon get nothing; and no lease of its would be in time.
    virtual.join(steadyWorker(1, 1));
    virtual.join({ ...steadyWorker(2, 30_000), millisecondsPerMicrobatch: 1 });
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    const sizes = ofType(virtual, 'lease').flatMap(({ lease }) =>
      lease.task.kind === 'step' ? [[lease.worker, lease.task.blocks.length]] : [],
    );
    // The first alone has the first step, which began before the second was there.
    expect(sizes.slice(1)).toEqual(Array.from({ length: 5 }, () => [[1, 3], [2, 2]]).flat()); // prettier-ignore
    expect(virtual.state.counters.leases).toMatchObject({ expired: 0, duplicate: 0 });
  });

  it('tries a worker again that was slow once', () => {
    const virtual = shell({ blocks: 2, iterations: 150 });
    let slow = true;
    virtual.join(steadyWorker(1, 10));
    virtual.join({
      id: 2,
      millisecondsPerMicrobatch: 10,
      answerAfter: () => (slow ? 100 : 10),
    });
    virtual.run((state) => state.position.iteration >= 20);
    slow = false;
    const before = virtual.state.workers.get(2)?.microbatches ?? 0;
    expect(virtual.run(ended)).toBe(true);
    expect((virtual.state.workers.get(2)?.microbatches ?? 0) - before).toBeGreaterThan(20);
  });

  it('asks hidden tabs only where nobody else is', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.join(steadyWorker(2, 10));
    virtual.dispatch({ type: 'availability', at: virtual.now, worker: 2, state: 'hidden' });
    virtual.run((state) => state.version === 6);
    const to2 = ofType(virtual, 'lease').filter(({ lease }) => lease.worker === 2 && lease.version > 1);
    expect(to2).toEqual([]);
    virtual.leave(1);
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });
});

describe('workers that vanish, freeze and come back', () => {
  it('leases the blocks of a lost worker to others at once', () => {
    const virtual = shell({ iterations: 2 });
    virtual.join(steadyWorker(1, 10));
    virtual.join(steadyWorker(2, 10));
    virtual.run((state) => state.version === 1);
    virtual.leave(2);
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    expect(virtual.state.counters.workers).toEqual({ joined: 2, lost: 1, quarantined: 0 });
    expect(virtual.state.counters.leases.expired).toBe(1);
  });

  it('loses one deadline to a frozen worker, then nothing', () => {
    const virtual = shell({ iterations: 50 });
    virtual.join(steadyWorker(1, 10));
    let frozen = false;
    const sleeper: VirtualWorker = {
      ...steadyWorker(2, 10),
      answerAfter: (lease, now) => (frozen ? null : steadyWorker(2, 10).answerAfter(lease, now)),
    };
    virtual.join(sleeper);
    virtual.run((state) => state.version === 40);
    frozen = true;
    const frozenAt = virtual.now;
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    // 60 steps of 4 blocks by one worker, and one deadline.
    expect(virtual.now - frozenAt).toBeLessThan(60 * 40 + deadlineFloor + 100);
    expect(virtual.happenings().filter(({ type }) => type === 'lease-expired')).toHaveLength(1);
  });

  it('takes a late answer where it is still wanted, drops it where not, and counts both', () => {
    const virtual = shell({ iterations: 1, blocks: 1 });
    virtual.join({
      ...steadyWorker(1, 10),
      answerAfter: (lease) => (lease.task.kind === 'step' ? 10_000 : 1),
    });
    expect(virtual.run(ended, 25_000)).toBe(true);
    expectExactRun(virtual);
    expect(virtual.state.counters.leases).toMatchObject({ expired: 1, completed: 4, duplicate: 0 });

    const raced = shell({ iterations: 1, blocks: 1, evaluateEvery: 100 });
    raced.join({
      ...steadyWorker(1, 10),
      answerAfter: (lease) => (lease.version === 0 && lease.task.kind === 'step' ? 5000 : 1),
    });
    raced.run(
      () => raced.state.leases.size > 0 && [...raced.state.leases.values()].some(({ expired }) => expired),
    );
    raced.join(steadyWorker(2, 10));
    expect(raced.run((state) => state.counters.leases.duplicate === 1)).toBe(true);
    expect(raced.state.status).toBe('ended');
    expectExactRun(raced);
  });

  it('waits while nobody is there, and goes on when somebody comes', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    virtual.leave(1);
    expect(virtual.run(ended)).toBe(false);
    virtual.now += 100_000;
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    expect(virtual.happenings().filter(({ type }) => type === 'worker-joined')).toEqual([
      { type: 'worker-joined', worker: 1, name: 'virtual 1', back: false },
      { type: 'worker-joined', worker: 1, name: 'virtual 1', back: true },
    ]);
    expect(virtual.state.workers.get(1)?.microbatches).toBe(80);
  });

  it('redraws a sample sheet that a lost worker did not draw', () => {
    const virtual = shell({ iterations: 1 });
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    virtual.leave(1);
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(ofType(virtual, 'accept-evaluation').map(({ iteration }) => iteration)).toContain(1);
  });

  it('puts a worker aside whose update cannot be right, until it reconnects', () => {
    const virtual = shell({ iterations: 2 });
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    const lease = [...virtual.state.leases.values()].find(({ task }) => task.kind === 'evaluation');
    virtual.dispatch({
      type: 'rejected',
      at: 1,
      worker: 1,
      lease: lease?.id ?? -1,
      reason: 'wrong',
      notFinite: false,
    });
    expect(virtual.state.counters.leases.rejected).toBe(1);
    expect(virtual.run(ended)).toBe(false);
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });

  it('comes to the same run whatever happens to workers', () => {
    const worker = fc.record({
      pace: fc.integer({ min: 1, max: 60 }),
      joins: fc.integer({ min: 0, max: 3000 }),
      leaves: fc.option(fc.integer({ min: 1, max: 3000 })),
      freezesEvery: fc.integer({ min: 3, max: 12 }),
    });
    fc.assert(
      fc.property(
        fc.array(worker, { minLength: 1, maxLength: 6 }),
        fc.boolean(),
        (population, wholeLeases) => {
          const virtual = shell({ wholeLeases, blocks: 5 });
          // Somebody steady is always there, so that the run can end.
          virtual.join(steadyWorker(1000, 40));
          const at = population.flatMap((one, i) => {
            let answered = 0;
            const machine: VirtualWorker = {
              id: i,
              millisecondsPerMicrobatch: one.pace,
              answerAfter: () => (++answered % one.freezesEvery === 0 ? null : one.pace),
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
          const { granted } = virtual.state.counters.leases;
          expect(granted).toBe(ofType(virtual, 'lease').length);
        },
      ),
      { seed: 2, numRuns: 100 },
    );
  });
});

describe('workers that do not answer, or fail', () => {
  it('keep a sample sheet from nobody else, and the run from nothing', () => {
    const virtual = shell({ iterations: 40 });
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
    const sheets = ofType(virtual, 'accept-evaluation').map(({ iteration }) => iteration);
    expect(sheets).toEqual(sheets.toSorted((a, b) => a - b));
    expect(sheets.at(-1)).toBe(40);
  });

  it('are not asked for, nor taken, the sheet of an iteration that a newer one has overtaken', () => {
    const virtual = shell({ iterations: 40 });
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => 900 });
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    const sheets = ofType(virtual, 'accept-evaluation').map(({ iteration }) => iteration);
    expect(sheets).toEqual(sheets.toSorted((a, b) => a - b));
    expect(virtual.state.counters.leases.duplicate).toBeGreaterThan(0);
  });

  it('do not keep hidden tabs from working', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.dispatch({ type: 'availability', at: 0, worker: 1, state: 'hidden' });
    virtual.join({ ...steadyWorker(2, 10), answerAfter: () => null });
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });

  it('are put aside after the third failure in a row; pauses are none', () => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    const giveBack = (cause: 'paused' | 'failed'): void => {
      const [lease] = virtual.state.leases.values();
      virtual.dispatch({ type: 'gave-back', at: virtual.now, worker: 1, lease: lease.id, cause, reason: '' });
    };
    for (let i = 0; i < 5; i++) giveBack('paused');
    giveBack('failed');
    giveBack('failed');
    expect(virtual.state.workers.get(1)?.stage).toBe('ready');
    giveBack('failed');
    expect(virtual.state.workers.get(1)?.stage).toBe('unable');
    expect(virtual.state.leases.size).toBe(0);
  });
});

describe('stopping', () => {
  it('does not wait for a worker whose update was refused', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    const [lease] = virtual.state.leases.values();
    virtual.dispatch({
      type: 'rejected',
      at: virtual.now,
      worker: 1,
      lease: lease.id,
      reason: '',
      notFinite: false,
    });
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'stopped' }]);
  });

  it('finishes the step under way and writes a checkpoint', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(virtual.state.status).toBe('stopping');
    expect(virtual.run(ended)).toBe(true);
    expect(ofType(virtual, 'apply')).toHaveLength(4);
    expect(ofType(virtual, 'checkpoint').at(-1)?.version).toBe(4);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'stopped' }]);
  });

  it('stops at once where nobody works', () => {
    const virtual = shell();
    virtual.dispatch({ type: 'stop', at: 5 });
    expect(virtual.state.status).toBe('ended');
    expect(ofType(virtual, 'checkpoint')).toHaveLength(1);
  });

  it('does not wait for a frozen worker longer than its deadline', () => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(1, 10), answerAfter: (lease) => (lease.task.kind === 'step' ? null : 1) });
    virtual.run((state) => [...state.leases.values()].some(({ task }) => task.kind === 'step'));
    virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.now).toBeLessThanOrEqual(deadlineFloor + 100);
  });

  it('changes nothing after the end', () => {
    const virtual = shell({ iterations: 1 });
    virtual.join(steadyWorker(1, 10));
    virtual.run(ended);
    const before = virtual.state;
    virtual.dispatch({ type: 'tick', at: virtual.now + 1e6 });
    virtual.dispatch({ type: 'stop', at: virtual.now + 1e6 });
    expect(virtual.state.version).toBe(before.version);
    expect(ofType(virtual, 'end')).toHaveLength(1);
  });
});

describe('illegal events', () => {
  /** How many of the cases come from somebody else than the lease's holder, or want no lease. */
  const strangers = 6;
  const cases: [string, (lease: Lease) => CoreEvent, string][] = [
    ['an update from nobody', (l) => update(l, { worker: 77 }), 'MESSAGE_UNEXPECTED'],
    ["an update for another's lease", (l) => update(l, { worker: 2 }), 'UPDATE_INVALID'],
    ['an update for no lease', (l) => update(l, { lease: 999 }), 'UPDATE_INVALID'],
    ['an update for lease 0, which is none', (l) => update(l, { lease: 0 }), 'UPDATE_INVALID'],
    [
      'being ready twice',
      (l) => ({ type: 'ready', at: 1, worker: l.worker, backend: 'wasm', millisecondsPerMicrobatch: 1 }),
      'MESSAGE_UNEXPECTED',
    ],
    [
      "giving back another's lease",
      (l) => ({ type: 'gave-back', at: 1, worker: 2, lease: l.id, cause: 'failed', reason: '' }),
      'UPDATE_INVALID',
    ],
    ['an update of another version', (l) => update(l, { version: 5 }), 'UPDATE_INVALID'],
    ['an update of the other phase', (l) => update(l, { phase: 'generator' }), 'UPDATE_INVALID'],
    [
      'an update with a block too many',
      (l) => update(l, { parts: [{ firstBlock: 0, blocks: 5 }] }),
      'UPDATE_INVALID',
    ],
    [
      'an update with a block twice',
      (l) => update(l, { parts: [0, 0, 1, 2].map((firstBlock) => ({ firstBlock, blocks: 1 })) }),
      'UPDATE_INVALID',
    ],
    ['an update with a block too few', (l) => update(l, { parts: [] }), 'UPDATE_INVALID'],
    [
      "a sheet for a step's lease",
      (l) => ({ type: 'evaluated', at: 1, worker: l.worker, lease: l.id }),
      'UPDATE_INVALID',
    ],
  ];
  const update = (lease: Lease, change: object): CoreEvent => ({
    type: 'update',
    unusual: [],
    at: 1,
    took: 0,
    worker: lease.worker,
    lease: lease.id,
    version: lease.version,
    phase: 'discriminator',
    parts:
      lease.task.kind === 'step' ? lease.task.blocks.map((firstBlock) => ({ firstBlock, blocks: 1 })) : [],
    ...change,
  });

  const setUp = (): { virtual: VirtualShell; lease: Lease } => {
    const virtual = shell({ evaluateEvery: 1000 });
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.evaluations.length === 0);
    virtual.dispatch({ type: 'joined', at: virtual.now, worker: 2, name: 'other', kind: 'tab' });
    return { virtual, lease: [...virtual.state.leases.values()].find(({ worker }) => worker === 1) as Lease };
  };

  it.each(cases.slice(0, strangers))(
    'refuses %s with a typed error, and nothing changes',
    (_name, make, code) => {
      const { virtual, lease } = setUp();
      const before = virtual.state;
      const { state, effects } = transition(before, make(lease));
      expect(effects.filter(({ type }) => type === 'refuse')).toMatchObject([{ code }]);
      expect(state).toEqual(before);
    },
  );

  it.each(cases.slice(strangers))(
    'refuses %s, takes nothing of it, and puts its worker aside',
    (_name, make, code) => {
      const { virtual, lease } = setUp();
      const effects = virtual.dispatch(make(lease));
      expect(effects.filter(({ type }) => type === 'refuse')).toMatchObject([{ code }]);
      expect(effects.filter(({ type }) => type === 'accept' || type === 'apply')).toEqual([]);
      expect(virtual.state.counters.leases.rejected).toBe(1);
      expect(virtual.state.workers.get(1)).toMatchObject({ stage: 'unable', lease: null });
      expect(virtual.state.leases.size).toBe(0);
    },
  );
});

describe('training that diverges', () => {
  const reject = (virtual: VirtualShell, worker: number): void => {
    const lease = [...virtual.state.leases.values()].find((held) => held.worker === worker) as Lease;
    virtual.dispatch({
      type: 'rejected',
      at: virtual.now,
      worker,
      lease: lease.id,
      reason: 'NaN',
      notFinite: true,
    });
  };

  it('ends the run, without a checkpoint of it, where two workers say so', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    virtual.run((state) => state.version === 3);
    reject(virtual, 1);
    expect(virtual.state.status).toBe('running');
    reject(virtual, 2);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
    expect(ofType(virtual, 'checkpoint')).toEqual([]);
  });

  it('is not assumed where only newcomers say so, while others work', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    for (const id of [2, 3, 4]) {
      virtual.join(steadyWorker(id, 10));
      virtual.run(({ leases }) => [...leases.values()].some(({ worker }) => worker === id));
      reject(virtual, id);
      expect(virtual.state.status).toBe('running');
    }
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });

  it('ends the run where nobody is left but newcomers that say so', () => {
    const virtual = shell();
    for (const id of [1, 2]) virtual.join(steadyWorker(id, 10));
    virtual.run(({ leases }) => leases.size === 2);
    expect(virtual.state.version).toBe(0);
    reject(virtual, 1);
    reject(virtual, 2);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
  });

  it('ends the run where the last worker, which computed right before, says so', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    reject(virtual, 1);
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
  });

  it.each<[string, (virtual: VirtualShell) => void]>([
    ['paused', (v) => v.dispatch({ type: 'availability', at: v.now, worker: 2, state: 'paused' })],
    ['gone for a moment', (v) => v.leave(2)],
    ['testing again', (v) => v.dispatch({ type: 'joined', at: v.now, worker: 2, name: 'b', kind: 'tab' })],
  ])('is not assumed while another worker is %s', (_name, happen) => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.join(steadyWorker(2, 10));
    virtual.run((state) => state.version === 3);
    happen(virtual);
    reject(virtual, 1);
    expect(virtual.state.status).toBe('running');
  });

  it('ends the run once', () => {
    const virtual = shell();
    for (const id of [1, 2, 3, 4]) virtual.join(steadyWorker(id, 10));
    virtual.run((state) => state.version === 3);
    for (const { worker } of virtual.state.leases.values()) reject(virtual, worker);
    expect(ofType(virtual, 'end')).toHaveLength(1);
  });

  it('is not assumed of a worker that never computed right', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    reject(virtual, 1);
    expect(virtual.state.status).toBe('running');
    virtual.join(steadyWorker(2, 10));
    expect(virtual.run(ended)).toBe(true);
    expectExactRun(virtual);
  });

  it('goes back to the version before the step that could not be applied', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run((state) => state.version === 3);
    const { position } = virtual.state;
    virtual.run((state) => state.version === 4);
    virtual.dispatch({ type: 'diverged', at: virtual.now, position, version: 3 });
    expect(virtual.state).toMatchObject({ status: 'ended', version: 3, position });
    expect(ofType(virtual, 'end')).toEqual([{ type: 'end', outcome: 'diverged' }]);
  });
});

describe('deadlines', () => {
  it('are asked for again when the tick comes early, as timers do', () => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(1, 10), answerAfter: () => null });
    const [lease] = virtual.state.leases.values();
    const early = virtual.dispatch({ type: 'tick', at: lease.deadline - 0.5 });
    expect(early).toEqual([{ type: 'wake', at: lease.deadline }]);
    virtual.dispatch({ type: 'tick', at: lease.deadline });
    expect(virtual.state.counters.leases.expired).toBe(1);
  });

  it('follow the median and the spread of what was measured, above a floor', () => {
    const steady = Array.from({ length: 20 }, () => 1);
    expect(allowance(10, steady)).toBe(deadlineFloor);
    expect(allowance(10_000, steady)).toBe(20_000);
    const spread = Array.from({ length: 21 }, (_, i) => 0.5 + i * 0.1); // median 1.5, deviation 0.5
    expect(allowance(10_000, spread)).toBeCloseTo(10_000 * (1.5 + 6 * 0.5), 0);
    expect(allowance(10_000, [1, 1])).toBe(100_000);
  });
});

describe('purity', () => {
  it('leaves the state before as it was', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    const before = virtual.state;
    const copy = structuredClone(before);
    const [lease] = before.leases.values();
    transition(before, { type: 'left', at: 3, worker: 1, forGood: false });
    transition(before, { type: 'evaluated', at: 3, worker: 1, lease: lease.id });
    expect(before).toEqual(copy);
  });
});
