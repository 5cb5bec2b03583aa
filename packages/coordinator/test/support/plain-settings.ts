/** What tests of the core begin from: a synchronous run whose workers exchange nothing and are not audited. */
import type { CoreSettings } from '../../src/core/types.ts';

export const plainSettings: CoreSettings = {
  blocks: 4,
  strategy: { kind: 'synchronous' },
  traffic: { discriminator: { down: 1000, up: 1000 }, generator: { down: 1000, up: 1000 } },
  microbatchesPerBlock: 1,
  blocksPerLease: 100,
  wholeLeases: false,
  exchanges: { discriminator: 0, generator: 0 },
  joins: false,
  evenShares: false,
  audit: { probability: 0, secret: [1, 2] },
  sheetMicrobatches: 4,
  lengths: { discriminator: 1, generator: 1 },
  adaptive: null,
  iterations: 10,
  checkpointEvery: 5,
  evaluateEvery: 5,
};
