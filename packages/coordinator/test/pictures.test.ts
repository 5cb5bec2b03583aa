/** Pictures that the presenter asks for: who draws them, and that training does not wait for them. */
import { describe, expect, it } from 'vitest';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreEffect, CoreSettings, CoreState, Lease } from '../src/core/types.ts';
import { steadyWorker, VirtualShell } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

function shell(change: Partial<CoreSettings> = {}): VirtualShell {
  const settings = { ...plainSettings, evaluateEvery: 1000, iterations: 1000, ...change };
  const virtual = new VirtualShell(initialState(settings, freshStart));
  virtual.dispatch({ type: 'start', at: 0, fresh: true });
  return virtual;
}

const want = (virtual: VirtualShell, picture: number): void =>
  void virtual.dispatch({
    type: 'picture-wanted',
    at: virtual.now,
    picture,
    version: 0,
    iteration: 0,
    microbatches: 1,
  });

const isPicture = ({ task }: Lease): boolean => task.kind === 'evaluation' && task.picture !== null;
const pictureLeases = (virtual: VirtualShell): { readonly lease: Lease; readonly at: number }[] =>
  virtual.effects.flatMap(({ effect, at }) =>
    effect.type === 'lease' && isPicture(effect.lease) ? [{ lease: effect.lease, at }] : [],
  );
const ofType = <T extends CoreEffect['type']>(virtual: VirtualShell, type: T) =>
  virtual.effects.flatMap(({ effect }) =>
    effect.type === type ? [effect as Extract<CoreEffect, { type: T }>] : [],
  );
const drawn = (virtual: VirtualShell): (number | null)[] =>
  ofType(virtual, 'accept-evaluation').flatMap(({ picture }) => (picture === null ? [] : [picture]));
const came = (picture: number) => (virtual: VirtualShell) => (): boolean => drawn(virtual).includes(picture);
const underWay = (virtual: VirtualShell, version = 4): boolean =>
  virtual.run((state) => state.version >= version);
const ended = (state: CoreState): boolean => state.status === 'ended';

describe('a picture', () => {
  it('is left to whoever has done its part of the step', () => {
    const virtual = shell({ blocks: 3 });
    // Of equal parts the second takes longer than it says.
    virtual.join(steadyWorker(1, 10));
    virtual.join({ ...steadyWorker(2, 10), answerAfter: () => 25 });
    underWay(virtual, 10);
    want(virtual, 1);
    expect(pictureLeases(virtual)).toEqual([]);
    expect(virtual.run(came(1)(virtual))).toBe(true);
    const [{ lease }] = pictureLeases(virtual);
    // No block of the step was open: it was its worker's to do nothing.
    expect(lease.worker).toBe(1);
    const other = ofType(virtual, 'lease').findLast(
      ({ lease: each }) => each.worker === 2 && each.id < lease.id,
    );
    expect(other?.lease.grantedAt).toBeLessThan(lease.grantedAt);
    expect((other?.lease.grantedAt ?? 0) + 25).toBeGreaterThan(lease.grantedAt);
  });

  it('is drawn before the next blocks where nobody is ever idle, but not at once', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    underWay(virtual);
    const asked = virtual.now;
    want(virtual, 1);
    expect(virtual.run(came(1)(virtual))).toBe(true);
    const [{ at }] = pictureLeases(virtual);
    expect(at - asked).toBeGreaterThanOrEqual(100);
    expect(at - asked).toBeLessThan(150);
  });

  it('is for those first who can do nothing but draw', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    underWay(virtual);
    virtual.join({ ...steadyWorker(2, 10), sheetsOnly: true });
    want(virtual, 1);
    expect(pictureLeases(virtual).map(({ lease }) => lease.worker)).toEqual([2]);
  });

  it('that waits gives way to a newer one; one at a time is drawn', () => {
    const virtual = shell();
    virtual.join(steadyWorker(1, 10));
    underWay(virtual);
    virtual.join({ ...steadyWorker(2, 10), sheetsOnly: true, answerAfter: () => 400 });
    virtual.join({ ...steadyWorker(3, 10), sheetsOnly: true });
    for (const picture of [1, 2, 3]) want(virtual, picture);
    expect(pictureLeases(virtual)).toHaveLength(1);
    expect(ofType(virtual, 'drop-picture')).toEqual([{ type: 'drop-picture', picture: 2, failed: false }]);
    expect(virtual.run(came(3)(virtual))).toBe(true);
    expect(drawn(virtual)).toEqual([1, 3]);
  });

  it('that a worker fails at is asked of nobody else', () => {
    const virtual = shell();
    virtual.join({
      ...steadyWorker(1, 10),
      sheetsOnly: true,
      answerAfter: (lease) => (isPicture(lease) ? null : 1),
    });
    virtual.run((state) => state.evaluations.length === 0);
    want(virtual, 1);
    const [{ lease }] = pictureLeases(virtual);
    const common = { at: virtual.now, worker: 1, lease: lease.id, reason: 'no such layer' };
    virtual.dispatch({ type: 'gave-back', cause: 'failed', ...common });
    expect(ofType(virtual, 'drop-picture')).toEqual([{ type: 'drop-picture', picture: 1, failed: true }]);
    expect(virtual.state.evaluations).toEqual([]);
    expect(pictureLeases(virtual)).toHaveLength(1);
  });

  it('whose worker leaves goes to another', () => {
    const virtual = shell();
    virtual.join({
      ...steadyWorker(1, 10),
      sheetsOnly: true,
      answerAfter: (lease) => (isPicture(lease) ? null : 1),
    });
    virtual.run((state) => state.evaluations.length === 0);
    want(virtual, 1);
    virtual.join({ ...steadyWorker(2, 10), sheetsOnly: true });
    virtual.leave(1);
    expect(virtual.run(came(1)(virtual))).toBe(true);
    expect(pictureLeases(virtual).map(({ lease }) => lease.worker)).toEqual([1, 2]);
  });

  it('is drawn after the end as well, by those who are still there, and ends nothing', () => {
    const virtual = shell({ iterations: 2 });
    virtual.join(steadyWorker(1, 10));
    expect(virtual.run(ended)).toBe(true);
    want(virtual, 1);
    expect(virtual.run(came(1)(virtual))).toBe(true);
    expect(ofType(virtual, 'end')).toHaveLength(1);
    virtual.leave(1);
    want(virtual, 2);
    expect(pictureLeases(virtual)).toHaveLength(1);
  });

  it('does not keep a run from its end', () => {
    const virtual = shell({ iterations: 3 });
    for (const id of [1, 2]) {
      virtual.join({ ...steadyWorker(id, 10), answerAfter: (lease) => (isPicture(lease) ? null : 10) });
    }
    virtual.run((state) => state.version >= 2);
    want(virtual, 1);
    // Long before anybody would be taken for late.
    expect(virtual.run(ended, 1000)).toBe(true);
    expect(pictureLeases(virtual)).toHaveLength(1);
    expect(ofType(virtual, 'apply').map(({ version }) => version)).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
