/** Some records are computed twice: who computes otherwise than two others is found, and its numbers are not used. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreEffect, CoreSettings, CoreState, Lease } from '../src/core/types.ts';
import { steadyWorker, VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const settings: CoreSettings = {
  ...plainSettings,
  blocks: 20,
  traffic: { discriminator: { down: 0, up: 0 }, generator: { down: 0, up: 0 } },
  joins: true,
  audit: { probability: 0.1, secret: [1, 2] },
  iterations: 25,
  checkpointEvery: 1000,
  evaluateEvery: 1000,
};

/** A run whose workers all begin together, without a first sheet. */
function shell(workers: readonly VirtualWorker[], change: Partial<CoreSettings> = {}): VirtualShell {
  const virtual = new VirtualShell(initialState({ ...settings, ...change }, freshStart, [], workers.length));
  virtual.dispatch({ type: 'start', at: 0, fresh: false });
  for (const worker of workers) virtual.join(worker);
  return virtual;
}

const audit = (probability: number, secret = 1): Pick<CoreSettings, 'audit'> => ({
  audit: { probability, secret: [secret, 2] },
});
const honest = (id: number, milliseconds = 10): VirtualWorker => steadyWorker(id, milliseconds);
/** Computes something of its own. */
const wrong = (id: number, as: (lease: Lease) => string): VirtualWorker => ({
  ...steadyWorker(id, 10),
  computesAs: as,
});
const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const ended = (state: CoreState): boolean => state.status === 'ended';
const quarantined = (virtual: VirtualShell): number[] =>
  [...virtual.state.workers.values()].filter((worker) => worker.quarantined !== null).map(({ id }) => id);
/** Whether anybody is, before the run ends. */
const untilFound = (virtual: VirtualShell): boolean => virtual.run(() => quarantined(virtual).length > 0);
const told = (virtual: VirtualShell, type: string) =>
  virtual.happenings().filter((happening) => happening.type === type);

/** Of each version applied, whose blocks it was made of: [version, block] → worker. */
function applied(virtual: VirtualShell): Map<number, Map<number, number>> {
  const versions = new Map<number, Map<number, number>>();
  let taken = new Map<number, number>();
  const leases = new Map<number, Lease>();
  let parts: readonly { readonly firstBlock: number; readonly blocks: number }[] = [];
  for (const { effect, event } of virtual.effects) {
    if (event.type === 'update') ({ parts } = event);
    if (effect.type === 'lease') leases.set(effect.lease.id, effect.lease);
    if (effect.type === 'accept') {
      for (const index of effect.parts) {
        const { firstBlock, blocks } = parts[index];
        for (let block = firstBlock; block < firstBlock + blocks; block++) {
          expect(taken.has(block)).toBe(false);
          taken.set(block, effect.worker);
        }
      }
    }
    if (effect.type === 'restart') taken = new Map();
    if (effect.type === 'apply') {
      expect(taken.size).toBe(virtual.state.settings.blocks);
      versions.set(effect.version, taken);
      taken = new Map();
    }
  }
  return versions;
}

describe('a worker that computes wrongly', () => {
  // Signs that are turned, numbers that are scaled and old gradients are the first to the core, made-up ones the second.
  it.each([
    ['otherwise than all others, always in the same way,', () => 'wrong'],
    ['something else each time', (lease: Lease) => `random ${lease.id}`],
  ])('%s is found among ten within 50 steps', (_, as) => {
    for (const secret of range(1, 8)) {
      const virtual = shell([...range(1, 9).map((id) => honest(id)), wrong(10, as)], audit(0.1, secret));
      expect(virtual.run(ended)).toBe(true);
      expect([secret, quarantined(virtual)]).toEqual([secret, [10]]);
      expect(applied(virtual).size).toBe(50);
    }
  });

  it('is found where four kinds of it are among ten at once', () => {
    for (const secret of range(1, 8)) {
      const bad = range(7, 10).map((id) => wrong(id, (lease) => (id === 9 ? `${lease.id}` : `kind ${id}`)));
      const virtual = shell([...range(1, 6).map((id) => honest(id)), ...bad], audit(0.1, secret));
      expect(virtual.run(ended)).toBe(true);
      expect([secret, quarantined(virtual).toSorted((a, b) => a - b)]).toEqual([secret, [7, 8, 9, 10]]);
    }
  });

  it('is suspected first, and has no part in the step in which it is found, which begins anew', () => {
    const virtual = shell([...range(1, 5).map((id) => honest(id)), wrong(6, () => 'wrong')], audit(1));
    expect(virtual.run(ended)).toBe(true);
    expect(quarantined(virtual)).toEqual([6]);
    expect(virtual.state.suspects.has(6)).toBe(false);
    const restarts = told(virtual, 'step-restarted');
    expect(restarts).toMatchObject([{ worker: 6, reason: 'quarantined' }]);
    const [{ version: found }] = restarts as { version: number }[];
    expect(found).toBeLessThan(8);
    for (const [version, owners] of applied(virtual)) {
      if (version >= found) expect([...owners.values()]).not.toContain(6);
    }
  });

  it('is told why, and by how many', () => {
    const virtual = shell([honest(1), honest(2), wrong(3, () => 'wrong')], { ...audit(1), joins: false });
    expect(virtual.run(ended)).toBe(true);
    const [{ reason }] = told(virtual, 'worker-quarantined') as { reason: string }[];
    expect(reason).toMatch(
      /^Its gradient of block \d+ at version \d+ differs from what 2 others computed\.$/,
    );
  });
});

describe('a worker that lies seldom, or does not compute at all', () => {
  it.each([3, 4, 5, 10])('is found where it lies in one step of %i', (every) => {
    for (const secret of range(1, 5)) {
      const liar = wrong(10, ({ version }) => (version % every === 0 ? 'wrong' : 'right'));
      const workers = [...range(1, 9).map((id) => honest(id)), liar];
      const virtual = shell(workers, { ...audit(0.1, secret), iterations: 300 });
      expect(untilFound(virtual)).toBe(true);
      expect([secret, quarantined(virtual)]).toEqual([secret, [10]]);
    }
  });

  it('is found though it is so fast that the others get no part of a step', () => {
    for (const secret of range(1, 5)) {
      const cheat = { ...steadyWorker(4, 0.1), computesAs: () => 'made up' };
      const workers = [...range(1, 3).map((id) => honest(id)), cheat];
      const virtual = shell(workers, { ...audit(0.1, secret), iterations: 100 });
      expect(untilFound(virtual)).toBe(true);
      expect([secret, quarantined(virtual)]).toEqual([secret, [4]]);
    }
  });

  it.each([100, 2500, 5000])('is found over links that take %i ms', (link) => {
    const late = (worker: VirtualWorker): VirtualWorker => ({
      ...worker,
      computes: (lease) => worker.answerAfter(lease, 0) ?? 0,
      answerAfter: (lease, now) => (worker.answerAfter(lease, now) ?? 0) + link,
    });
    const workers = [...range(1, 9).map((id) => honest(id)), wrong(10, () => 'wrong')].map(late);
    const each = { down: 1000, up: 1000 };
    const traffic = { discriminator: each, generator: each };
    const virtual = shell(workers, { ...audit(0.1), iterations: 100, traffic });
    expect(untilFound(virtual)).toBe(true);
    expect(quarantined(virtual)).toEqual([10]);
  });
});

describe('audits', () => {
  it('are not kept where the auditor comes too late', () => {
    const slow = range(1, 6).map((id): VirtualWorker => {
      let leases = 0;
      const worker = honest(id);
      return {
        ...worker,
        answerAfter: (lease, now) =>
          (worker.answerAfter(lease, now) ?? 0) + ((leases += 1) % 7 === 0 ? 900 : 0),
      };
    });
    const virtual = shell(slow, { ...audit(0.3), iterations: 100 });
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.state.audits.length).toBeLessThan(6);
  });

  it('never turn on who is right, whoever is slow, wrong, late or gone', () => {
    const person = fc.record({
      milliseconds: fc.integer({ min: 1, max: 60 }),
      wrong: fc.boolean(),
      freezes: fc.integer({ min: 0, max: 40 }),
    });
    fc.assert(
      fc.property(
        fc.array(person, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 1000 }),
        fc.constantFrom(0.05, 0.3, 1),
        fc.boolean(),
        (others, secret, probability, joins) => {
          // More who are right than who are wrong, and always there.
          const right = range(1, others.length + 2).map((id) => honest(id, 5 + id));
          const rest = others.map(({ milliseconds, wrong: isWrong, freezes }, i): VirtualWorker => {
            const id = 100 + i;
            let leases = 0;
            return {
              ...steadyWorker(id, milliseconds),
              computesAs: () => (isWrong ? `wrong ${id}` : 'right'),
              answerAfter: (lease) => {
                leases += 1;
                if (freezes > 0 && leases % freezes === 0) return null;
                return lease.task.kind === 'step' ? milliseconds * lease.task.blocks.length : 1;
              },
            };
          });
          const virtual = shell([...right, ...rest], { ...audit(probability, secret), joins, blocks: 7 });
          expect(virtual.run(ended)).toBe(true);
          expect(applied(virtual).size).toBe(50);
          for (const id of quarantined(virtual)) expect(others[id - 100]?.wrong).toBe(true);
        },
      ),
      { numRuns: 150, seed: 11 },
    );
  });

  it('are of as many blocks as they should be, and cost a class hardly any time', () => {
    const class30 = range(1, 30).map((id) => honest(id, 10 + (id % 5)));
    const time = (probability: number) => {
      const virtual = shell(class30, { ...audit(probability), blocks: 120, iterations: 200 });
      expect(virtual.run(ended)).toBe(true);
      const accepted = virtual.effects.map(({ effect }) =>
        effect.type === 'accept' ? effect.parts.length : 0,
      );
      const records = accepted.reduce((sum, parts) => sum + parts, 0);
      return { now: virtual.now, audited: virtual.state.counters.leases.audited, records };
    };
    const without = time(0);
    expect(without.audited).toBe(0);
    const found = time(0.01);
    // Two opinions each. A record is of one, two or four blocks.
    const records = found.audited / 2;
    expect(records).toBeGreaterThan(0.007 * found.records);
    expect(records).toBeLessThan(0.013 * found.records);
    // An auditor misses the step that the others have begun meanwhile.
    expect(found.now / without.now).toBeLessThan(1.04);
  });

  it('are not of steps in lock step, nor of records of a whole lease', () => {
    for (const change of [
      { exchanges: { discriminator: 2, generator: 2 } },
      { wholeLeases: true, joins: false },
    ]) {
      const virtual = shell(
        range(1, 4).map((id) => honest(id)),
        { ...audit(1), ...change },
      );
      expect(virtual.run(ended)).toBe(true);
      expect(virtual.state.counters.leases.audited).toBe(0);
      expect(virtual.state.version).toBe(50);
    }
  });

  it('that two cannot settle are told of, and the run goes on', () => {
    const virtual = shell([honest(1), wrong(2, () => 'wrong')], { ...audit(1), joins: false, iterations: 2 });
    expect(virtual.run(ended)).toBe(true);
    expect(quarantined(virtual)).toEqual([]);
    expect(told(virtual, 'audit-undecided').length).toBeGreaterThan(0);
    expect(applied(virtual).size).toBe(4);
  });

  it('wait for a judge that is busy, and go on without one that freezes', () => {
    const frozen: VirtualWorker = { ...steadyWorker(3, 10), answerAfter: () => null };
    const virtual = shell([honest(1), wrong(2, () => 'wrong'), frozen], { ...audit(1), joins: false });
    expect(virtual.run(ended)).toBe(true);
    expect(quarantined(virtual)).toEqual([]);
    expect(told(virtual, 'audit-undecided').length).toBeGreaterThan(0);
  });

  it('do not keep a run from being stopped', () => {
    const virtual = shell([...range(1, 4).map((id) => honest(id)), wrong(5, () => 'wrong')], audit(1));
    expect(virtual.run(({ trials }) => trials.some(({ answers }) => answers.length === 2))).toBe(true);
    const { version } = virtual.state;
    virtual.dispatch({ type: 'stop', at: virtual.now });
    expect(virtual.run(ended)).toBe(true);
    expect(virtual.state.version).toBe(version + 1);
    expect(quarantined(virtual)).toEqual([5]);
  });
});

describe('numbers far larger than usual', () => {
  const large = (id: number, as: string): VirtualWorker => ({
    ...steadyWorker(id, 10),
    computesAs: () => as,
    exaggerates: () => true,
  });

  it('are taken where another worker comes to the same', () => {
    const virtual = shell([honest(1), honest(2), large(3, 'right')], audit(0));
    expect(virtual.run(ended)).toBe(true);
    expect(quarantined(virtual)).toEqual([]);
    expect(virtual.state.counters.leases.audited).toBeGreaterThanOrEqual(100);
    expect(told(virtual, 'step-restarted')).toEqual([]);
  });

  it('are not where two others come to something else', () => {
    const virtual = shell([honest(1), honest(2), large(3, 'huge')], audit(0));
    expect(virtual.run(ended)).toBe(true);
    expect(quarantined(virtual)).toEqual([3]);
    for (const owners of applied(virtual).values()) expect([...owners.values()]).not.toContain(3);
  });

  it('of the only worker are taken, and told of', () => {
    const virtual = shell([large(1, 'huge')], { ...audit(0), iterations: 1 });
    expect(virtual.run(ended)).toBe(true);
    expect(told(virtual, 'audit-undecided').length).toBeGreaterThan(0);
    expect(virtual.state.version).toBe(2);
  });
});

describe('a quarantined worker', () => {
  const caught = (): VirtualShell => {
    const virtual = shell([...range(1, 3).map((id) => honest(id)), wrong(4, () => 'wrong')], audit(1));
    expect(virtual.run(() => quarantined(virtual).length > 0)).toBe(true);
    const { version } = virtual.state;
    virtual.run((state) => state.version > version);
    expect(quarantined(virtual)).toEqual([4]);
    return virtual;
  };
  const leasesOf4 = (effects: readonly { readonly effect: CoreEffect }[]): number =>
    effects.filter(({ effect }) => effect.type === 'lease' && effect.lease.worker === 4).length;

  it('gets nothing more, also when it comes back', () => {
    const virtual = caught();
    const before = leasesOf4(virtual.effects);
    virtual.leave(4);
    virtual.join(honest(4));
    expect(virtual.run(ended)).toBe(true);
    expect(leasesOf4(virtual.effects)).toBe(before);
    expect(quarantined(virtual)).toEqual([4]);
  });

  it('works again when it is pardoned and tested anew', () => {
    const virtual = caught();
    const before = leasesOf4(virtual.effects);
    virtual.dispatch({ type: 'pardoned', at: virtual.now, worker: 4 });
    virtual.run(({ version }) => version > 12);
    expect(leasesOf4(virtual.effects)).toBe(before);
    virtual.leave(4);
    virtual.join(honest(4));
    expect(virtual.run(ended)).toBe(true);
    expect(leasesOf4(virtual.effects)).toBeGreaterThan(before);
    expect(quarantined(virtual)).toEqual([]);
  });

  it.each([
    [[0, 0, 0], '3 of its updates could not be right. The last: version 0'],
    [[0, 400, 999], '3 of its updates could not be right. The last: version 999'],
    [[0, 400, 1000], null],
    [[0, 400, 1000, 1399], '3 of its updates could not be right. The last: version 1399'],
  ])('is also one whose updates could not be right three times within 1,000 steps: %j', (versions, why) => {
    const virtual = shell([honest(2)], { ...audit(0), iterations: 1000 });
    const never: VirtualWorker = { ...steadyWorker(1, 10), answerAfter: () => null };
    for (const version of versions) {
      virtual.run((state) => state.version >= version);
      virtual.join(never);
      expect(virtual.state.workers.get(1)?.quarantined).toBeNull();
      virtual.run(({ workers }) => workers.get(1)?.lease !== null);
      const lease = virtual.state.workers.get(1)?.lease ?? -1;
      const common = { at: virtual.now, worker: 1, lease };
      virtual.dispatch({ type: 'rejected', ...common, reason: `version ${version}`, notFinite: false });
      virtual.leave(1);
    }
    expect(virtual.state.workers.get(1)?.quarantined).toBe(why);
  });
});
