/** What a worker without work waits for, as its tab is told. */
import { describe, expect, it } from 'vitest';
import { readyWorkers } from '../src/core/can-work.ts';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreSettings } from '../src/core/types.ts';
import { waitingFor } from '../src/core/waiting.ts';
import { steadyWorker, VirtualShell } from './support/virtual-shell.ts';
import { ranksOf } from '../src/run/ranks.ts';
import { plainSettings } from './support/plain-settings.ts';

function shell(change: Partial<CoreSettings> = {}, waitFor = 0): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...plainSettings, ...change }, freshStart, [], waitFor));
  virtual.dispatch({ type: 'start', at: 0, fresh: true });
  return virtual;
}

/** When the first sheet is drawn and the first steps are done. */
const underWay = (virtual: VirtualShell, version = 4): boolean => virtual.run((s) => s.version >= version);

describe('a worker without work waits', () => {
  it('for workers, as many as are missing, before a run begins that wants more', () => {
    const virtual = shell({}, 3);
    virtual.join(steadyWorker(1, 10));
    expect(waitingFor(virtual.state, 1)).toEqual({ for: 'workers', count: 2 });
  });

  it('for the others at the step, once its own part is done', () => {
    const virtual = shell({ blocks: 3 });
    for (const id of [1, 2, 3]) {
      virtual.join({ ...steadyWorker(id, id === 1 ? 10 : 11), millisecondsPerMicrobatch: 10 });
    }
    expect(underWay(virtual)).toBe(true);
    expect(virtual.run(({ workers }) => workers.get(1)?.lease === null)).toBe(true);
    expect(waitingFor(virtual.state, 1)).toEqual({ for: 'others', count: 2 });
  });

  it('for a step with more parts, where there are fewer than workers', () => {
    const virtual = shell({ blocks: 2 });
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10 * id));
    expect(underWay(virtual)).toBe(true);
    expect(waitingFor(virtual.state, 3)).toEqual({ for: 'blocks', count: 2 });
  });

  it('for its turn, where more workers would make the step slower', () => {
    const virtual = shell();
    for (const id of [1, 2, 3]) virtual.join(steadyWorker(id, 10));
    underWay(virtual);
    const engagement = { count: 2, steady: 0 };
    const state = {
      ...virtual.state,
      engagement: { discriminator: engagement, generator: engagement },
      workers: new Map(
        [...virtual.state.workers].map(([id, worker]) => [
          id,
          id === 3 ? { ...worker, lease: null, passedOver: 1 } : worker,
        ]),
      ),
    };
    expect(waitingFor(state, 3)).toEqual({ for: 'turn', count: 2 });
  });

  it('for the network, where the coordinator has given it a lease', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    expect(waitingFor(virtual.state, 1)).toEqual({ for: 'network', count: 0 });
  });

  it('for nothing, where it cannot take part or the run has ended', () => {
    const virtual = shell({ iterations: 1 });
    virtual.join(steadyWorker(1, 10));
    virtual.dispatch({ type: 'joined', at: 0, worker: 2, name: 'testing', kind: 'tab' });
    expect(waitingFor(virtual.state, 2)).toBeNull();
    expect(waitingFor(virtual.state, 9)).toBeNull();
    expect(virtual.run(({ status }) => status === 'ended')).toBe(true);
    expect(waitingFor(virtual.state, 1)).toBeNull();
  });
});

it('a place is shared by those who contributed as much, and the next one is left out', () => {
  const workers = [5, 9, 9, 0].map((microbatches, id) => ({ id, microbatches }));
  expect([...ranksOf(workers)].sort(([a], [b]) => a - b)).toEqual([
    [0, 3],
    [1, 1],
    [2, 1],
    [3, 4],
  ]);
});

describe('a worker that only draws', () => {
  const withDrawer = (): VirtualShell => {
    const virtual = shell();
    virtual.join({ ...steadyWorker(7, 50), sheetsOnly: true });
    return virtual;
  };
  const leasesOf = (virtual: VirtualShell, worker: number): string[] =>
    virtual.effects.flatMap(({ effect }) =>
      effect.type === 'lease' && effect.lease.worker === worker ? [effect.lease.task.kind] : [],
    );

  it('gets every sheet that it is free for, and no part of a step', () => {
    const virtual = withDrawer();
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(({ status }) => status === 'ended', 60_000)).toBe(true);
    expect(new Set(leasesOf(virtual, 1))).toEqual(new Set(['step']));
  });

  it('waits for the next sheet, and does not begin a run', () => {
    const virtual = withDrawer();
    expect(readyWorkers(virtual.state)).toBe(0);
    virtual.run(({ evaluations }) => evaluations.length === 0);
    expect(waitingFor(virtual.state, 7)).toEqual({ for: 'sheet', count: 0 });
    expect(leasesOf(virtual, 7)).toEqual(['evaluation']);
  });
});
