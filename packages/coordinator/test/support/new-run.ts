/** Runs of which only a first checkpoint is there, and what commands say of them. */
import { Writable } from 'node:stream';
import { planModel, startPosition, type RunConfig } from '@gantry/shared';
import { freshStart } from '../../src/core/transition.ts';
import { writeCheckpoint } from '../../src/run/checkpoint.ts';
import { RunDirectory } from '../../src/run/directory.ts';
import { Trainer } from '../../src/training/trainer.ts';

/** A run directory with the checkpoint of a new trainer. @returns its path */
export async function newRun(config: RunConfig, path: string): Promise<string> {
  const directory = new RunDirectory(path);
  await directory.create(config);
  const trainer = new Trainer(config, planModel(config));
  const record = {
    format: 1,
    version: 0,
    position: startPosition,
    optimizerSteps: trainer.counts(),
    counters: freshStart.counters,
    seconds: 0,
    bytes: { up: 0, down: 0 },
    losses: { discriminator: null, generator: null },
    workers: [],
  } as const;
  await writeCheckpoint(directory.checkpoints, record, trainer.tensors());
  return directory.path;
}

/** Keeps what a command prints. */
export class Said extends Writable {
  text = '';
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}
