import { describe, expect, it } from 'vitest';
import { asConfigured, startPosition, withinLengths, type Control } from '@gantry/shared';
import { whatForbids } from '../src/core/controlled.ts';
import { lengthsNow } from '../src/core/controls.ts';
import { freshStart, initialState, type Start } from '../src/core/transition.ts';
import type { CoreEffect, CoreSettings, CoreState } from '../src/core/types.ts';
import { waitingFor } from '../src/core/waiting.ts';
import { steadyWorker, VirtualShell } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

interface Setting {
  readonly settings?: Partial<CoreSettings>;
  readonly start?: Partial<Start>;
  readonly lobby?: boolean;
}

function shell({ settings, start, lobby = false }: Setting = {}): VirtualShell {
  const state = initialState({ ...plainSettings, ...settings }, { ...freshStart, ...start }, [], 0, lobby);
  const virtual = new VirtualShell(state);
  virtual.dispatch({ type: 'start', at: 0, fresh: start === undefined });
  return virtual;
}

const act = (virtual: VirtualShell, control: Control): readonly CoreEffect[] =>
  virtual.dispatch({ type: 'controlled', at: virtual.now, control });

const ended = (state: CoreState): boolean => state.status === 'ended';
const atVersion =
  (version: number) =>
  (state: CoreState): boolean =>
    state.version >= version;

/** Steps that were applied, as `d0`: phase, and number among those of the phase. */
const steps = (virtual: VirtualShell): string[] =>
  virtual.effects.flatMap(({ effect }) =>
    effect.type === 'apply'
      ? [`${effect.position.phase[0]}${effect.position.steps[effect.position.phase]}`]
      : [],
  );
const leased = (virtual: VirtualShell): number =>
  virtual.effects.filter(({ effect }) => effect.type === 'lease' && effect.lease.task.kind === 'step').length;
const happened = (virtual: VirtualShell, type: string): number =>
  virtual.happenings().filter((happening) => happening.type === type).length;

/** Lets all that is due happen, for a second. */
const idle = (virtual: VirtualShell): void => void virtual.run(() => false, virtual.now + 1000);

const rounds = (iterations: number) =>
  ({ kind: 'local', iterations, slots: 4, outer: { learningRate: 1, momentum: 0 } }) as const;

describe('a pause', () => {
  it('finishes the step under way, begins no other, and goes on as if it had not been', () => {
    const undisturbed = shell();
    undisturbed.join(steadyWorker(1, 10));
    undisturbed.run(ended);

    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.run(atVersion(3));
    expect(virtual.state.leases.size).toBe(1);
    act(virtual, { type: 'pause' });
    expect(happened(virtual, 'paused')).toBe(0); // there is a step under way
    idle(virtual);
    expect(virtual.state.version).toBe(4);
    expect(happened(virtual, 'paused')).toBe(1);
    expect(virtual.state.leases.size).toBe(0);
    expect(waitingFor(virtual.state, 1)).toEqual({ for: 'presenter', count: 0 });

    act(virtual, { type: 'go-on' });
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(steps(undisturbed));
  });

  it('is at once where nothing of the step has been leased, also for those who come', () => {
    const virtual = shell();
    act(virtual, { type: 'pause' });
    expect(happened(virtual, 'paused')).toBe(1);
    virtual.join(steadyWorker(1, 10));
    idle(virtual);
    expect(leased(virtual)).toBe(0);
    act(virtual, { type: 'go-on' });
    expect(leased(virtual)).toBe(1);
  });

  it('lets others finish what a lost worker held of the step; where nothing is left of it, it waits', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.join(steadyWorker(2, 10));
    virtual.run((state) => state.done.some(Boolean) && !state.done.every(Boolean));
    const { version } = virtual.state;
    act(virtual, { type: 'pause' });
    virtual.leave([...virtual.state.leases.values()][0].worker);
    idle(virtual);
    expect(virtual.state.version).toBe(version + 1);

    act(virtual, { type: 'go-on' });
    act(virtual, { type: 'pause' });
    virtual.leave([...virtual.state.leases.values()][0].worker);
    virtual.join(steadyWorker(3, 10));
    idle(virtual);
    expect(virtual.state.version).toBe(version + 1);
    expect(happened(virtual, 'paused')).toBe(2);
  });

  it('at the end of an iteration has a sample sheet, drawn while it lasts', () => {
    const virtual = shell({ settings: { evaluateEvery: 1000 } });
    virtual.join(steadyWorker(1, 10));
    virtual.run(atVersion(1));
    act(virtual, { type: 'advance', unit: 'iteration' });
    idle(virtual);
    expect(virtual.state.position.iteration).toBe(1);
    expect(virtual.state.evaluations).toEqual([]);
    expect(
      virtual.effects.flatMap(({ effect }) =>
        effect.type === 'accept-evaluation' ? [effect.iteration] : [],
      ),
    ).toContain(1);
  });

  it('can be stopped in, with a checkpoint', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'pause' });
    idle(virtual);
    const effects = virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(effects.map(({ type }) => type)).toEqual(expect.arrayContaining(['checkpoint', 'end']));
  });
});

describe('going on by', () => {
  const lengths = { discriminator: 3, generator: 2 };
  it.each([
    ['step', ['d0'], ['d0', 'd1']],
    ['phase', ['d0', 'd1', 'd2'], ['d0', 'd1', 'd2', 'g0', 'g1']],
    [
      'iteration',
      ['d0', 'd1', 'd2', 'g0', 'g1'],
      ['d0', 'd1', 'd2', 'g0', 'g1', 'd3', 'd4', 'd5', 'g2', 'g3'],
    ],
  ] as const)('one %s pauses at its end', (unit, once, twice) => {
    const virtual = shell({ settings: { lengths }, lobby: true });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'advance', unit });
    idle(virtual);
    expect(steps(virtual)).toEqual(once);
    act(virtual, { type: 'advance', unit });
    idle(virtual);
    expect(steps(virtual)).toEqual(twice);
  });

  it('one round pauses at its end, with the strategy local', () => {
    const virtual = shell({ settings: { strategy: rounds(2), wholeLeases: true } });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'advance', unit: 'round' });
    idle(virtual);
    expect(virtual.state.position.iteration).toBe(2);
    expect(virtual.state.controls.going).toBe('paused');
  });
});

describe('one network alone', () => {
  it.each([
    ['discriminator', ['d0', 'd1', 'd2', 'd3'], { discriminator: 4, generator: 0 }],
    ['generator', ['g0', 'g1', 'g2', 'g3'], { discriminator: 0, generator: 4 }],
  ] as const)('has all steps: the %s', (phase, expected, counts) => {
    const virtual = shell({ settings: { iterations: 4 } });
    act(virtual, { type: 'train-only', phase });
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(expected);
    expect(virtual.state.position.steps).toEqual(counts);
    expect(virtual.state.position.iteration).toBe(4);
  });

  it('begins after the step under way, and ends with the iteration', () => {
    const virtual = shell({ settings: { iterations: 4 } });
    virtual.join(steadyWorker(1, 10));
    virtual.run(atVersion(1)); // g0 is under way
    act(virtual, { type: 'train-only', phase: 'discriminator' });
    virtual.run(atVersion(3));
    act(virtual, { type: 'train-only', phase: null });
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(['d0', 'g0', 'd1', 'd2', 'g1', 'd3', 'g2']);
  });

  it('makes a step that has not begun give way, with what is due at the end of its iteration', () => {
    const virtual = shell({ settings: { iterations: 2, evaluateEvery: 1, checkpointEvery: 1 } });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'advance', unit: 'phase' });
    idle(virtual);
    expect(steps(virtual)).toEqual(['d0']);
    const effects = act(virtual, { type: 'train-only', phase: 'discriminator' });
    expect(virtual.state.position).toMatchObject({ iteration: 1, phase: 'discriminator', done: 0 });
    expect(effects.map(({ type }) => type)).toEqual(expect.arrayContaining(['capture', 'checkpoint']));
    act(virtual, { type: 'go-on' });
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(['d0', 'd1']);
  });

  it('ends the run where the last step gives way', () => {
    const virtual = shell({ settings: { iterations: 1 } });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'advance', unit: 'phase' });
    idle(virtual);
    act(virtual, { type: 'train-only', phase: 'discriminator' });
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(['d0']);
  });

  it('is kept over a restart, also where it was left in a step of the other network', () => {
    const live = { ...asConfigured, only: 'discriminator' as const };
    const position = {
      ...startPosition,
      phase: 'generator' as const,
      steps: { discriminator: 1, generator: 0 },
    };
    const virtual = shell({ settings: { iterations: 3 }, start: { position, version: 1, live } });
    expect(virtual.state.position.iteration).toBe(1);
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(['d1', 'd2']);
  });

  it('leaves the balance of an adaptive schedule as it is', () => {
    const adaptive = { lower: 0.4, upper: 0.6, most: 3 };
    const virtual = shell({ settings: { adaptive, iterations: 6 } });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'train-only', phase: 'discriminator' });
    virtual.dispatch({ type: 'measured', at: virtual.now, accuracy: 0.9 });
    virtual.run(atVersion(3));
    expect(virtual.state.balance.extra).toBe(0);
    act(virtual, { type: 'train-only', phase: null });
    virtual.run(ended);
    expect(virtual.state.balance.extra).toBeGreaterThan(0);
  });
});

describe('steps per phase', () => {
  it('change from the next step on, and back', () => {
    const virtual = shell({ settings: { iterations: 4 } });
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'set-lengths', lengths: { discriminator: 2, generator: 1 } });
    virtual.run(atVersion(3)); // d2 is under way
    act(virtual, { type: 'set-lengths', lengths: null });
    expect(virtual.run(ended)).toBe(true);
    expect(steps(virtual)).toEqual(['d0', 'd1', 'g0', 'd2', 'g1', 'd3', 'g2', 'd4', 'g3']);
  });

  it('leave what the adaptive schedule adds', () => {
    const state = {
      ...initialState({ ...plainSettings, adaptive: { lower: 0, upper: 1, most: 4 } }, freshStart),
      balance: { accuracy: 0.5, extra: 2 },
    };
    const controls = { ...state.controls, lengths: { discriminator: 5, generator: 1 } };
    expect(lengthsNow({ ...state, controls })).toEqual({ discriminator: 5, generator: 3 });
    expect(lengthsNow({ ...state, controls: { ...controls, only: 'generator' } })).toEqual({
      discriminator: 0,
      generator: 3,
    });
  });

  it('end a phase that has had as many', () => {
    const at = { ...startPosition, done: 3 };
    expect(withinLengths(at, { discriminator: 2, generator: 1 })).toMatchObject({
      phase: 'generator',
      done: 0,
    });
    expect(withinLengths(at, { discriminator: 4, generator: 1 })).toBe(at);
  });
});

describe('learning rates', () => {
  it('are told to the trainer, and kept', () => {
    const virtual = shell();
    const rates = { discriminator: 0.1, generator: 0 };
    const effects = act(virtual, { type: 'set-learning-rates', rates });
    expect(effects).toContainEqual({ type: 'tune', learningRates: rates });
    expect(virtual.state.controls.learningRates).toEqual(rates);
    act(virtual, { type: 'set-learning-rates', rates: null });
    expect(virtual.state.controls.learningRates).toBeNull();
  });
});

describe('slow motion', () => {
  const applied = (virtual: VirtualShell): number[] =>
    virtual.effects.flatMap(({ at, effect }) => (effect.type === 'apply' ? [at] : []));

  it('leaves so much time between versions at least, and what they are unchanged', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'slow-motion', milliseconds: 500 });
    expect(virtual.run(ended)).toBe(true);
    const times = applied(virtual);
    times.slice(1).forEach((time, i) => expect(time - times[i]).toBeGreaterThanOrEqual(500));
    expect(steps(virtual)).toHaveLength(20);
  });

  it('ends at once', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    act(virtual, { type: 'slow-motion', milliseconds: 60_000 });
    idle(virtual);
    const { version } = virtual.state;
    act(virtual, { type: 'slow-motion', milliseconds: 0 });
    expect(virtual.run(atVersion(version + 1), virtual.now + 100)).toBe(true);
  });
});

describe('a lobby', () => {
  it('begins no step before it is told to, but draws the first sheet', () => {
    const virtual = shell({ lobby: true });
    virtual.join(steadyWorker(1, 10));
    idle(virtual);
    expect(leased(virtual)).toBe(0);
    expect(virtual.state.evaluations).toEqual([]);
    expect(waitingFor(virtual.state, 1)).toEqual({ for: 'presenter', count: 0 });
    act(virtual, { type: 'pause' });
    expect(virtual.state.controls.going).toBe('lobby');
    act(virtual, { type: 'go-on' });
    expect(virtual.run(ended)).toBe(true);
  });
});

describe('what cannot be done', () => {
  const synchronous = initialState(plainSettings, freshStart);
  const local = initialState({ ...plainSettings, strategy: rounds(5) }, freshStart);
  const over = { ...synchronous, status: 'ended' as const };
  const one = { discriminator: 1, generator: 1 };
  it.each([
    [over, { type: 'pause' }, 'all steps of this run are done'],
    [synchronous, { type: 'advance', unit: 'round' }, 'by the step, phase or iteration'],
    [local, { type: 'advance', unit: 'step' }, 'by the round'],
    [local, { type: 'train-only', phase: 'generator' }, 'rounds of 5 iterations'],
    [local, { type: 'set-lengths', lengths: one }, 'rounds of 5 iterations'],
    [local, { type: 'set-learning-rates', rates: one }, 'rounds of 5 iterations'],
  ] as const)('is told why, and changes nothing (%#)', (state, control, reason) => {
    expect(whatForbids(state, control)?.code).toBe('CONTROL_IMPOSSIBLE');
    expect(whatForbids(state, control)?.message).toContain(reason);
    const virtual = new VirtualShell(state);
    act(virtual, control);
    expect(virtual.state).toEqual(state);
  });

  it.each([
    [local, { type: 'pause' }],
    [local, { type: 'advance', unit: 'round' }],
    [local, { type: 'train-only', phase: null }],
    [local, { type: 'slow-motion', milliseconds: 100 }],
    [synchronous, { type: 'advance', unit: 'step' }],
    [synchronous, { type: 'set-lengths', lengths: one }],
  ] as const)('is nothing else (%#)', (state, control) => {
    expect(whatForbids(state, control)).toBeNull();
  });
});

describe('a worker that the presenter', () => {
  it('removes is nobody: its lease goes to others, and what it did stays', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.join(steadyWorker(2, 10));
    virtual.run(atVersion(2));
    const { microbatches } = virtual.state.counters;
    const lease = virtual.state.workers.get(1)?.lease;
    expect(lease).not.toBeNull();
    virtual.dispatch({ type: 'removed', at: virtual.now, worker: 1 });
    expect(virtual.state.workers.has(1)).toBe(false);
    expect(virtual.state.leases.has(lease ?? -1)).toBe(false);
    expect(virtual.state.counters.microbatches).toBe(microbatches);
    expect(happened(virtual, 'worker-removed')).toBe(1);
  });

  it('renames has the new name', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    virtual.dispatch({ type: 'renamed', at: 0, worker: 1, name: 'Ada' });
    expect(virtual.state.workers.get(1)?.name).toBe('Ada');
  });
});
