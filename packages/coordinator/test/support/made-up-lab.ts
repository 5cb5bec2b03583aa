/** Results of a lab that nobody ran. */
import type { CellResult } from '../../src/lab/cell/result.ts';
import type { LabResult } from '../../src/lab/lab.ts';
import { cellsOf } from '../../src/lab/scenario/cells.ts';

export const madeUp = {
  name: 'made-up',
  question: 'Is it so?',
  config: { preset: 'ring', set: { 'batch.microbatch': 8 } },
  population: {
    groups: { laptops: { count: 2, speed: { millisecondsPerMicrobatch: 20 } } },
  },
  axes: {
    rate: { path: 'optimizer.generator.learningRate', values: [0.001, 0.01, 0.1, 1] },
  },
  target: { measure: 'highQuality', atLeast: 0.5 },
};

const result = (over: Partial<CellResult>): CellResult => ({
  label: '',
  slug: '',
  choice: {},
  seed: 1,
  outcome: 'complete',
  iterations: 100,
  machines: 2,
  fastest: 20,
  seconds: 10,
  examples: 8000,
  stepMilliseconds: { median: 50, p95: 80 },
  bytes: { up: 3000, down: 1000 },
  busy: { coordinator: 0.25, 'access point': 0.5 },
  leases: {
    granted: 9,
    completed: 7,
    expired: 1,
    duplicate: 0,
    rejected: 1,
    revoked: 0,
    audited: 0,
    stale: 0,
  },
  workers: { joined: 2, lost: 0, quarantined: 0 },
  measured: [],
  detected: { divergence: null, discriminatorWin: null, modeCollapse: null, oscillation: null },
  parametersChecksum: 'base',
  sheets: [],
  machineSeconds: 30,
  ...over,
});

export const measured = (...values: readonly number[]): CellResult['measured'] =>
  values.map((highQuality, i) => ({
    iteration: 50 * i,
    seconds: 5 * i,
    bytes: 2000 * i,
    measures: { highQuality },
  }));

/** @param results - of each cell, by seed */
export function labOf(
  results: readonly (readonly Partial<CellResult>[])[],
  scenario: object = madeUp,
): LabResult {
  const cells = cellsOf(scenario, 'test').slice(0, results.length);
  const seeds = results[0].map((_, i) => i + 1);
  return {
    cells,
    seeds,
    results: results.flatMap((bySeed, cell) =>
      bySeed.map((each, i) =>
        result({ slug: cells[cell].slug, choice: cells[cell].choice, seed: seeds[i], ...each }),
      ),
    ),
  };
}

/** Three seeds: the second rate is better, the third not to be told from the base, the fourth diverges. */
export const madeUpLab = labOf([
  [0.6, 0.7, 0.8].map((last) => ({ measured: measured(0, 0.4, last) })),
  [0.7, 0.79, 0.91].map((last, i) => ({
    measured: measured(0, 0.6, last),
    parametersChecksum: `better ${i}`,
    seconds: 20,
  })),
  [0.6, 0.9, 0.7].map((last, i) => ({ measured: measured(0, 0.4, last), parametersChecksum: `open ${i}` })),
  [1, 2, 3].map((seed) => ({
    parametersChecksum: `lost ${seed}`,
    ...(seed === 2
      ? { measured: measured(0, 0.1, 0.2) }
      : {
          outcome: 'diverged' as const,
          seconds: 1,
          measured: [{ iteration: 12, seconds: 1, bytes: 10, measures: {} }],
          detected: { divergence: 10 + seed, discriminatorWin: null, modeCollapse: null, oscillation: null },
        }),
  })),
]);
