/** Of each lease the lanes tell when it was given, how its time was spent and what became of it. */
import { describe, expect, it } from 'vitest';
import { presenterMessage, type PresenterMessage } from '@gantry/shared';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreEffect, CoreSettings } from '../src/core/types.ts';
import { steadyWorker, VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { mostLeases, mostNews, Timeline, window, type LeaseSpan } from '../src/run/timeline.ts';
import { timelineSource } from '../src/server/presenter/timeline.ts';
import { plainSettings } from './support/plain-settings.ts';

const settings: CoreSettings = {
  ...plainSettings,
  iterations: 1e6,
  checkpointEvery: 1e6,
  evaluateEvery: 1e6,
};

/** A run without a first sheet, whose workers all begin together. */
function shell(workers: readonly VirtualWorker[], change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart, [], workers.length));
  virtual.dispatch({ type: 'start', at: 0, fresh: false });
  for (const worker of workers) virtual.join(worker);
  return virtual;
}

/** What a timeline makes of all that happened. */
function timelineOf(virtual: VirtualShell): Timeline {
  const timeline = new Timeline(virtual.state.settings.traffic);
  let taken: CoreEffect[] = [];
  virtual.effects.forEach(({ event, effect }, i) => {
    taken.push(effect);
    if (virtual.effects.at(i + 1)?.event === event) return;
    timeline.see(event, taken);
    taken = [];
  });
  return timeline;
}

const lanes = (virtual: VirtualShell): readonly LeaseSpan[] => timelineOf(virtual).last(virtual.now).leases;

/** Steps of 1 ms each, of which the last is under way. */
function crowded(workers: number, steps: number): Timeline {
  const [first] = shell([steadyWorker(1, 1)]).effects.flatMap(({ effect }) =>
    effect.type === 'lease' ? [effect] : [],
  );
  const { position } = first;
  const timeline = new Timeline(settings.traffic);
  for (let version = 0; version < steps; version++) {
    const leases = Array.from({ length: workers }, (_, worker) => ({
      ...first,
      lease: { ...first.lease, id: version * workers + worker, worker, version, grantedAt: version },
    }));
    const before: CoreEffect[] =
      version === 0 ? [] : [{ type: 'apply', position, version: version - 1, round: null, staleness: null }];
    timeline.see({ type: 'tick', at: version }, [...before, ...leases]);
  }
  return timeline;
}

describe('the timeline', () => {
  it("divides a lease's time into receiving, computing and sending, by bytes and the worker's own clock", () => {
    const virtual = shell([{ ...steadyWorker(1, 10), answerAfter: () => 100, computes: () => 60 }], {
      traffic: { discriminator: { down: 3000, up: 250 }, generator: { down: 0, up: 0 } },
    });
    virtual.run((state) => state.version === 1);
    expect(lanes(virtual)[0]).toEqual({
      lease: 1,
      worker: 1,
      version: 0,
      phase: 'discriminator',
      kind: 'step',
      blocks: 4,
      granted: 0,
      late: null,
      expired: null,
      ended: 100,
      received: 30, // of 40 ms on the link 3,000 of 4,000 bytes
      computed: 60,
      waited: 0,
      outcome: 'accepted',
    });
    const { steps } = timelineOf(virtual).last(virtual.now);
    expect(steps).toEqual([{ version: 0, iteration: 0, phase: 'discriminator', from: 0, to: 100 }]);
  });

  it('shows a straggler, who takes over, and whose answer comes in vain', () => {
    const slow: VirtualWorker = { ...steadyWorker(2, 10), answerAfter: () => 900 };
    const virtual = shell([steadyWorker(1, 10), slow], { iterations: 1 });
    virtual.run((state) => state.version === 1);
    const own = lanes(virtual).find(({ worker }) => worker === 2);
    const other = lanes(virtual).find(({ kind }) => kind === 'again');
    expect(own).toMatchObject({ outcome: 'open', expired: null, ended: null });
    expect(own?.late).toBeGreaterThanOrEqual(100);
    expect(other).toMatchObject({ worker: 1, outcome: 'accepted', granted: own?.late });
    virtual.run(() => virtual.now >= 900);
    expect(lanes(virtual).find(({ worker }) => worker === 2)).toMatchObject({
      outcome: 'duplicate',
      ended: 900,
    });
  });

  it('shows a deadline that passed, and a lease that was lost with its worker', () => {
    const frozen: VirtualWorker = { ...steadyWorker(2, 10), answerAfter: () => null };
    const virtual = shell([steadyWorker(1, 10), frozen]);
    virtual.run(() => virtual.now >= 3000);
    const [before] = lanes(virtual).filter(({ worker }) => worker === 2);
    expect(before.outcome).toBe('open');
    expect(before.expired).toBeGreaterThanOrEqual(2000);
    virtual.leave(2);
    const [after] = lanes(virtual).filter(({ worker }) => worker === 2);
    expect(after).toMatchObject({ outcome: 'lost', ended: virtual.now, expired: before.expired });
  });

  it('tells leases that were given back, rejected, or lost in time from each other', () => {
    const silent = (id: number): VirtualWorker => ({ ...steadyWorker(id, 10), answerAfter: () => null });
    const virtual = shell([1, 2, 3, 4, 5].map(silent));
    const common = (worker: number) => ({
      at: 5,
      worker,
      lease: virtual.state.workers.get(worker)?.lease ?? -1,
    });
    virtual.now = 5;
    virtual.dispatch({ type: 'availability', at: 5, worker: 1, state: 'paused' });
    virtual.dispatch({ type: 'gave-back', ...common(1), cause: 'paused', reason: 'paused' });
    virtual.dispatch({ type: 'rejected', ...common(2), reason: 'numbers', notFinite: false });
    virtual.leave(3);
    virtual.dispatch({ type: 'removed', at: 5, worker: 4 });
    const first = new Map(lanes(virtual).map((span) => [span.worker, span]));
    expect([1, 2, 3, 4, 5].map((id) => first.get(id)?.outcome)).toEqual([
      'given-back',
      'rejected',
      'lost',
      'lost',
      'open',
    ]);
    expect(first.get(3)?.expired).toBeNull();
  });

  it('knows audits and sheets from what the step is made of', () => {
    const audited = shell([steadyWorker(1, 10), steadyWorker(2, 10), steadyWorker(3, 11)], {
      audit: { probability: 1, secret: [1, 2] },
      joins: true,
    });
    audited.run((state) => state.version === 4);
    const audits = lanes(audited).filter(({ kind, ended }) => kind === 'audit' && ended !== null);
    expect(audits.length).toBeGreaterThan(0);
    for (const { outcome } of audits) expect(outcome).toBe('compared');

    const drawing = shell([steadyWorker(1, 10)], { evaluateEvery: 1 });
    drawing.run((state) => state.version === 4);
    const sheets = lanes(drawing).filter(({ kind }) => kind === 'sheet');
    expect(sheets.map(({ outcome }) => outcome)).toContain('drawn');
  });

  it('tells how long who is fast waited at exchanges, and what was called off with a lost worker', () => {
    const exchanges = { discriminator: 2, generator: 2 };
    const pair = [steadyWorker(1, 10), { ...steadyWorker(2, 30), answerAfter: () => 60 }];
    const together = shell(pair, { exchanges, blocksPerLease: 4 });
    together.run((state) => state.version === 1);
    const [fast, slow] = lanes(together);
    expect(slow.waited).toBe(0);
    // Each third of the slow one's 60 ms takes it 20 ms; the fast one is there sooner, twice.
    expect(fast.waited).toBeGreaterThan(0);
    expect(fast.waited).toBeLessThan(40);

    const lost = shell([steadyWorker(1, 10), { ...steadyWorker(2, 10), freezesBefore: () => true }], {
      exchanges,
      blocksPerLease: 4,
    });
    lost.run((state) => state.version === 2);
    const outcomes = lanes(lost).map(({ worker, outcome }) => `${worker} ${outcome}`);
    expect(outcomes.slice(0, 2)).toEqual(['1 revoked', '2 revoked']);
    expect(lanes(lost).find(({ worker }) => worker === 2)?.expired).toBeGreaterThan(0);
    expect(outcomes).toContain('1 accepted');
  });

  it('takes back what was accepted for a step that begins anew', () => {
    // Its update is long on the way, after the exchange that both were at.
    const late = { ...steadyWorker(2, 10), answerAfter: () => 400 };
    const virtual = shell([steadyWorker(1, 10), late], {
      exchanges: { discriminator: 1, generator: 1 },
      blocksPerLease: 4,
    });
    virtual.run((state) => state.accepted.length === 1);
    expect(lanes(virtual).map(({ worker, outcome }) => [worker, outcome])).toEqual([
      [1, 'accepted'],
      [2, 'open'],
    ]);
    virtual.leave(2);
    expect(lanes(virtual).map(({ worker, outcome }) => [worker, outcome])).toEqual([
      [1, 'revoked'],
      [2, 'lost'],
      [1, 'open'],
    ]);
  });

  it('keeps the last steps, more where they are slow, and as many leases at most', () => {
    const fast = shell([steadyWorker(1, 1)]);
    fast.run((state) => state.version === 500);
    expect(
      timelineOf(fast)
        .last(fast.now)
        .steps.map((step) => step.version),
    ).toEqual(Array.from({ length: window.steps }, (_, i) => 500 - window.steps + i));
    const slow = shell([steadyWorker(1, 5000)]); // 20 s a step
    slow.run((state) => state.version === 10);
    expect(timelineOf(slow).last(slow.now).steps).toHaveLength(window.leastSteps);
    const all = crowded(200, 60).last(60);
    expect(all.leases).toHaveLength(mostLeases);
    expect(all.leases.at(-1)?.version).toBe(59);
  });

  it('gives news once, the latest where it is too much, also of leases told before', () => {
    const virtual = shell([steadyWorker(1, 1)]);
    virtual.run((state) => state.version === 3);
    const timeline = timelineOf(virtual);
    expect(timeline.takeNews().leases.map(({ outcome }) => outcome)).toEqual([
      'accepted',
      'accepted',
      'accepted',
      'open',
    ]);
    expect(timeline.takeNews()).toEqual({ steps: [], leases: [] });
    const from = virtual.effects.length;
    virtual.run((state) => state.version === 4);
    for (const { event, effect } of virtual.effects.slice(from)) timeline.see(event, [effect]);
    expect(timeline.takeNews().leases.map(({ version: of }) => of)).toEqual([3, 4]);

    const { steps, leases } = crowded(20, 3000).takeNews();
    expect(leases).toHaveLength(mostNews);
    expect(leases.at(-1)?.version).toBe(2999);
    expect(steps.length).toBeLessThanOrEqual(2 * window.steps);
    expect(steps.at(-1)?.version).toBe(2998);
  });

  it('is told in messages of bounded size, whatever the class', () => {
    const bytes = (messages: readonly PresenterMessage[]): number => JSON.stringify(messages).length;
    const source = timelineSource({ timeline: crowded(200, 100), options: { clock: { now: () => 100 } } });
    expect(bytes(source.welcome())).toBeLessThan(400_000);
    expect(bytes(source.tick())).toBeLessThan(100_000);
    expect(source.tick()).toEqual([]);
    for (const message of source.welcome()) expect(presenterMessage.parse(message)).toEqual(message);
  });
});
