/** How many workers are engaged: by the arithmetic alone, and by the core on links that are simulated. */
import { describe, expect, it } from 'vitest';
import {
  contention,
  engage,
  measured,
  noEngagement,
  type Engageable,
  type Engagement,
} from '../src/core/engage.ts';
import { freshStart, initialState } from '../src/core/transition.ts';
import type { CoreSettings, Lease } from '../src/core/types.ts';
import { VirtualShell, type VirtualWorker } from './support/virtual-shell.ts';
import { plainSettings } from './support/plain-settings.ts';

const blocks = Array.from({ length: 16 }, (_, i) => i);
const traffic = { down: 1000, up: 100 };
/** The other phase's network is small, and needs nobody left out. */
const little = { down: 10, up: 1 };
const none = new Map<number, number>();
const alike = (count: number, link: number, sharers: number): Engageable[] =>
  Array.from({ length: count }, (_, id) => ({ id, compute: 10, link, sharers }));

describe('the contention of links', () => {
  it('is the slope of time a byte over workers, and taken for full while nothing tells', () => {
    expect(contention(new Map())).toBe(1);
    expect(contention(new Map([[4, 0.5]]))).toBe(1);
    expect(contention(new Map([[2, 0.5], [8, 0.5]]))).toBe(0); // prettier-ignore
    expect(contention(new Map([[2, 0.5], [8, 2]]))).toBeCloseTo(1, 12); // prettier-ignore
    expect(contention(new Map([[2, 0.5], [8, 1]]))).toBeCloseTo(0.5, 12); // prettier-ignore
    // All that is known counts, and what was measured longest ago is forgotten.
    expect(contention(new Map([[1, 9], [2, 0.5], [4, 0.5 * 2 ** 0.5], [8, 1]]))).toBe(0); // prettier-ignore
    let times = new Map([[1, 9]]) as ReadonlyMap<number, number>;
    for (const engaged of [2, 4, 8, 16, 32]) times = measured(times, engaged, engaged);
    expect([...times.keys()]).toEqual([2, 4, 8, 16, 32]);
    expect(contention(times)).toBeCloseTo(1, 12);
    // Noise beyond the bounds.
    expect(contention(new Map([[2, 0.5], [8, 0.1]]))).toBe(0); // prettier-ignore
    expect(measured(new Map([[2, 1]]), 2, 2).get(2)).toBeCloseTo(1.3, 12);
  });
});

describe('engaging workers', () => {
  it('takes all where transfers are short beside computing', () => {
    const choice = engage(blocks, alike(8, 1e-4, 8), traffic, 16, noEngagement, none);
    expect(choice.candidates).toHaveLength(8);
    expect(choice.engagement.count).toBeNull();
    expect(choice.finish).toBeCloseTo(0.1 + 2 * (10 + 0.01), 9);
  });

  it('takes as many as are quickest together where all share one medium', () => {
    // 8 engaged: a byte takes 0.08 ms, so 80 ms for each replica. k of them: 10·k + ⌈16/k⌉·(10 + k), least at k = 4.
    const choice = engage(blocks, alike(8, 0.08, 8), traffic, 16, noEngagement, none);
    const time = (k: number): number => 10 * k + Math.ceil(16 / k) * (10 + k);
    const times = [1, 2, 3, 4, 5, 6, 7, 8].map(time);
    expect(choice.candidates).toHaveLength(times.indexOf(Math.min(...times)) + 1);
    expect(choice.engagement.count).toBe(choice.candidates.length);
    expect(choice.finish).toBeCloseTo(Math.min(...times), 9);
  });

  it('takes all where links were found not to slow each other down', () => {
    const times = new Map([[4, 0.08], [8, 0.08]]); // prettier-ignore
    const choice = engage(blocks, alike(8, 0.08, 8), traffic, 16, noEngagement, times);
    expect(choice.candidates).toHaveLength(8);
  });

  it('takes the quickest, by computing and link together', () => {
    const workers = alike(4, 0.3, 4).map((worker, id) => (id === 1 ? worker : { ...worker, compute: 1000 }));
    const choice = engage([0, 1], workers, traffic, 16, noEngagement, none);
    expect(choice.candidates.map(({ id }) => id)).toEqual([1]);
  });

  it('stays with its number unless another promises much, and tries a neighbour now and then', () => {
    let engagement: Engagement = { count: 4, steady: 0 };
    const times = new Map([[4, 0.05]]);
    const counts: number[] = [];
    for (let step = 0; step < 100; step++) {
      const choice = engage(blocks, alike(8, 0.05, 4), traffic, 16, engagement, times);
      engagement = choice.engagement;
      counts.push(choice.candidates.length);
    }
    expect(engagement.count).toBe(4);
    expect([counts[49], counts[99]]).toEqual([3, 5]);
    expect(counts.filter((count) => count !== 4)).toHaveLength(2);
  });

  it('engages enough for all blocks where one may have few', () => {
    const choice = engage(blocks, alike(8, 10, 8), traffic, 4, noEngagement, none);
    expect(choice.candidates).toHaveLength(4);
  });
});

const settings: CoreSettings = {
  ...plainSettings,
  blocks: 16,
  traffic: { discriminator: traffic, generator: little },
  blocksPerLease: 16,
  sheetMicrobatches: 1,
  iterations: 10_000,
  checkpointEvery: 10_000,
  evaluateEvery: 10_000,
};

/** Steps a second in the last of `steps`, with workers of 10 ms a block whose transfers take so long. */
function stepsPerSecond(
  steps: number,
  count: number,
  millisecondsPerByte: (engaged: number) => number,
): { readonly rate: number; readonly shell: VirtualShell } {
  const shell = new VirtualShell(initialState(settings, freshStart, [], count));
  const compute = (lease: Lease): number => (lease.task.kind === 'step' ? lease.task.blocks.length * 10 : 1);
  const worker = (id: number): VirtualWorker => ({
    id,
    millisecondsPerMicrobatch: 10,
    computes: compute,
    answerAfter(lease) {
      if (lease.task.kind !== 'step') return 1;
      const { down, up } = settings.traffic[shell.state.position.phase];
      const bytes = down + up * lease.task.blocks.length;
      return compute(lease) + bytes * millisecondsPerByte(lease.engaged);
    },
  });
  for (let id = 1; id <= count; id++) shell.join(worker(id));
  shell.run(({ version }) => version >= steps - 40);
  const from = shell.now;
  shell.run(({ version }) => version >= steps);
  return { rate: (1000 * 40) / (shell.now - from), shell };
}

describe('the core on simulated links', () => {
  it('finds the number for an access point that all share, and tells it', () => {
    const shared = (engaged: number): number => 0.04 * engaged;
    const { rate, shell } = stepsPerSecond(600, 8, shared);
    const time = (k: number, { down, up } = traffic): number => {
      const most = Math.ceil(16 / k);
      return most * 10 + (down + most * up) * shared(k);
    };
    const times = [1, 2, 3, 4, 5, 6, 7, 8].map((k) => time(k));
    const best = Math.min(...times);
    expect(rate).toBeGreaterThan(0.93 * (2000 / (best + time(8, little))));
    // All eight would be slower by much.
    expect(time(8)).toBeGreaterThan(1.5 * best);
    const told = shell.happenings().flatMap((one) => (one.type === 'workers-engaged' ? [one] : []));
    expect(told.at(-1)).toMatchObject({
      phase: 'discriminator',
      workers: times.indexOf(best) + 1,
      of: 8,
    });
    expect(told.every(({ phase }) => phase === 'discriminator')).toBe(true);
    expect(told.length).toBeLessThan(6);
  });

  it('goes back to all where each has a link of its own, however slow', () => {
    const { rate, shell } = stepsPerSecond(1400, 8, () => 0.08);
    expect(rate).toBeGreaterThan(0.9 * (2000 / (2 * 10 + 1200 * 0.08 + 2 * 10 + 12 * 0.08)));
    expect(shell.state.engagement.discriminator.count).toBeNull();
  });

  it('keeps everybody on a fast link', () => {
    const { shell } = stepsPerSecond(100, 8, () => 1e-5);
    expect(shell.happenings().filter(({ type }) => type === 'workers-engaged')).toEqual([]);
  });
});
