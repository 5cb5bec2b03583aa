/** All bad inputs, by what their peer is and what run it meets. */
import { presets, type CodecName, type RunConfig } from '@gantry/shared';
import { closeOf, effectOf, type Case } from './case.ts';
import { brokenFrames, strangersFrames } from './cases/frames.ts';
import { brokenMessages, earlyInputs, strangersMessages, unexpectedMessages } from './cases/messages.ts';
import { wrongContributions, wrongSheets } from './cases/others.ts';
import {
  codecsOwn,
  otherCodecs,
  unjoinedBlocks,
  wrongBlocks,
  wrongNumbers,
  wrongRounds,
  wrongUpdates,
} from './cases/updates.ts';

export interface Suite {
  /** The heading of its table. */
  readonly title: string;
  readonly config: RunConfig;
  /**
   * - `nothing`: a peer that has not said hello.
   * - `welcome`: a worker without a lease.
   * - `step`, `sheet`: a worker that holds all blocks of the first step, or the first sample sheet.
   */
  readonly holds: 'nothing' | 'welcome' | 'step' | 'sheet';
  readonly cases: readonly Case[];
}

const digits = presets['digits-small'];
/** Small and short: four blocks a step, four steps. */
const base: RunConfig = {
  ...digits,
  model: { ...digits.model, width: 4 },
  schedule: { ...digits.schedule, iterations: 2 },
  evaluation: { ...digits.evaluation, every: 1000 },
};
const withCodec = (up: CodecName): RunConfig => ({ ...base, codec: { ...base.codec, up, topkShare: 0.1 } });

const codecSuite = (up: CodecName, blocks: readonly Case[]): Suite => ({
  title: `From the holder of a step's lease, in a run with ${up}`,
  config: withCodec(up),
  holds: 'step',
  cases: [...blocks, ...wrongNumbers, ...codecsOwn[up], ...otherCodecs(up)],
});

export const suites: readonly Suite[] = [
  { title: 'Before the hello', config: base, holds: 'nothing', cases: earlyInputs },
  {
    title: 'From a worker that does not hold the lease',
    config: base,
    holds: 'welcome',
    cases: [
      ...brokenFrames,
      ...strangersFrames,
      ...brokenMessages,
      ...unexpectedMessages,
      ...strangersMessages,
    ],
  },
  codecSuite('float32', [...wrongUpdates, ...wrongBlocks]),
  codecSuite('float16', unjoinedBlocks),
  codecSuite('int8', unjoinedBlocks),
  codecSuite('topk', []),
  {
    title: "From the holder of a step's lease, where batch-norm statistics are exchanged",
    config: { ...base, batchNorm: { ...base.batchNorm, statistics: 'global' } },
    holds: 'step',
    cases: wrongContributions,
  },
  {
    title: "From the holder of a step's lease, with the strategy local",
    config: {
      ...base,
      strategy: { kind: 'local', iterations: 2, slots: 2, outer: { learningRate: 1, momentum: 0 } },
    },
    holds: 'step',
    cases: wrongRounds,
  },
  { title: "From the holder of a sheet's lease", config: base, holds: 'sheet', cases: wrongSheets },
];

/** A row of the documentation's table. */
export const rowOf = (suite: Suite, one: Case): string[] => [
  one.input,
  `\`${one.error}\``,
  String(closeOf(one) ?? (suite.holds === 'welcome' ? '' : 4460)),
  effectOf(one, suite.holds !== 'welcome'),
];
