/** Training without Gantry around it: the same compute, examples, sums and optimizer, in one loop of one process. */
import {
  blocksPerStep,
  nextPosition,
  phaseLengths,
  phaseNames,
  planModel,
  readRecords,
  startPosition,
  type ModelPlan,
  type PhaseName,
  type Position,
  type RunConfig,
} from '@gantry/shared';
import { Trainer } from '../../../packages/coordinator/src/training/trainer.ts';
import { createCompute } from '../../../packages/worker/src/compute/backends.ts';
import type { Compute, RunSource } from '../../../packages/worker/src/compute/types.ts';
import { createSource } from '../../../packages/worker/src/data/source.ts';
import { serve } from '../harness/serve.ts';

interface Loop {
  readonly config: RunConfig;
  readonly model: ModelPlan;
  readonly trainer: Trainer;
  readonly compute: Compute;
  readonly source: RunSource;
  readonly payloads: Readonly<Record<PhaseName, Uint8Array<ArrayBuffer>>>;
  position: Position;
}

let opened: Loop | null = null;

const commands = {
  async open(config: RunConfig): Promise<void> {
    const model = planModel(config);
    const compute = await createCompute('wasm', model, config);
    const trainer = new Trainer(config, model);
    for (const phase of phaseNames) compute.load(phase, trainer.replica[phase]);
    const payload = (phase: PhaseName): Uint8Array<ArrayBuffer> =>
      new Uint8Array(compute.payloadBytes(phase, blocksPerStep(config.batch)));
    opened = {
      config,
      model,
      trainer,
      compute,
      source: createSource(config, null, () => Promise.reject(new TypeError('drawn, not fetched'))),
      payloads: { discriminator: payload('discriminator'), generator: payload('generator') },
      position: startPosition,
    };
  },

  /** @returns milliseconds of the `count` steps after `skip` */
  async steps(skip: number, count: number): Promise<number> {
    if (opened === null) throw new TypeError('Not opened');
    let began = 0;
    for (let i = 0; i < skip + count; i++) {
      if (i === skip) began = performance.now();
      // oxlint-disable-next-line no-await-in-loop -- each step works on what the one before made
      await step(opened);
    }
    return performance.now() - began;
  },
};
export type PlainLoop = typeof commands;

async function step(loop: Loop): Promise<void> {
  const { config, trainer, compute, source, payloads, position } = loop;
  const { phase, steps } = position;
  const blocks = Array.from({ length: blocksPerStep(config.batch) }, (_, block) => block);
  await compute.update(
    { phase, step: steps[phase], blocks },
    source,
    payloads[phase],
    () => false,
    () => Promise.resolve(null),
  );
  for (const [record] of readRecords([trainer.layouts[phase]], payloads[phase], blocks.length, 0)) {
    trainer.add(phase, record);
  }
  if (trainer.apply(position) === null) throw new TypeError('Training diverged');
  compute.load(phase, trainer.replica[phase]);
  loop.position = nextPosition(position, phaseLengths(config, config.schedule.epochSize));
}

serve(commands);
