/** Runs two steps with so many workers, through coordinator and sockets, and keeps what they came to. */
import { randomInt } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { gantryError, type ModelPlan, type PhaseName, type Position, type RunConfig } from '@gantry/shared';
import { startLocalWorkers } from '../cli/local-workers.ts';
import type { DatasetChunks } from '../datasets/chunks.ts';
import { beginning, type Checkpoint } from '../run/checkpoint.ts';
import { systemClock } from '../run/clock.ts';
import { RunDirectory } from '../run/directory.ts';
import { Run } from '../run/run.ts';
import { createServer } from '../server/server.ts';
import { newJoinCode, newToken } from '../server/secrets.ts';
import { Trainer } from '../training/trainer.ts';

/** Tensors by name, in groups by name. */
export type TensorGroups = ReadonlyMap<string, ReadonlyMap<string, Float64Array>>;

export interface Observation {
  readonly groups: TensorGroups;
  /** Microbatches that each worker computed of each step, in the order in which workers joined. */
  readonly shares: Readonly<Record<PhaseName, readonly number[]>>;
}

export interface Subject {
  /** Made by `verifiedConfig`. */
  readonly config: RunConfig;
  readonly model: ModelPlan;
  readonly chunks: DatasetChunks | null;
  /** What the configuration starts from; null: nothing. */
  readonly source: Checkpoint | null;
}

/**
 * @param note - told what a person should know while it runs
 * @param signal - ends it early; everything is cleaned up all the same
 * @throws VERIFY_IMPOSSIBLE where workers fail or it was ended, TRAINING_DIVERGED
 */
export async function observe(
  { config, model, chunks, source }: Subject,
  workers: number,
  note: (message: string) => void,
  signal: AbortSignal,
): Promise<Observation> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-verify-'));
  try {
    const directory = new RunDirectory(join(folder, 'run'));
    await directory.create(config);
    const run = new Run({
      config,
      model,
      data: chunks?.manifest ?? null,
      directory,
      checkpoint: beginning(adopted(config, model, source)),
      // Whoever was left out would prove nothing.
      waitFor: workers,
      evenShares: true,
      incarnation: randomInt(1, 2 ** 32 - 1),
      secret: [randomInt(2 ** 32), randomInt(2 ** 32)],
      clock: systemClock,
      notice: note,
    });
    const observed = record(run);
    const nothing = join(folder, 'no-pages');
    await mkdir(nothing);
    const joinCode = newJoinCode();
    const server = await createServer({
      run,
      joinCode,
      presenterToken: newToken(),
      pages: { tab: nothing, presenter: nothing },
      chunks,
      log: pino({ level: process.env['GANTRY_LOG'] ?? 'silent' }, pino.destination(2)),
    });
    let stopWorkers: () => Promise<void> = () => Promise.resolve();
    try {
      const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
      run.begin();
      const broken = new Promise<never>((_, fail) => {
        const impossible = (reason: string): void => fail(gantryError('VERIFY_IMPOSSIBLE', reason));
        signal.addEventListener('abort', () => impossible('it was interrupted.'));
        if (signal.aborted) impossible('it was interrupted.');
        const local = startLocalWorkers(workers, { url, joinCode, fingerprint: null }, impossible);
        stopWorkers = () => local.stop();
      });
      const { outcome } = await Promise.race([run.ended, broken]);
      if (outcome !== 'complete') throw gantryError('TRAINING_DIVERGED', 0, null);
    } finally {
      await Promise.all([server.close(), stopWorkers()]);
    }
    return observed();
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function adopted(config: RunConfig, model: ModelPlan, source: Checkpoint | null): Checkpoint['tensors'] {
  const trainer = new Trainer(config, model);
  if (source !== null) trainer.adopt(source.tensors);
  return trainer.tensors();
}

/** Keeps each step's result as it happens. */
function record(run: Run): () => Observation {
  const groups = new Map<string, Map<string, Float64Array>>();
  const shares: Record<PhaseName, readonly number[]> = { discriminator: [], generator: [] };
  const before = new Map<number, number>();
  const { loss, batchNorm } = run.config;
  const penalised = loss.r1 > 0 || loss.r2 > 0 || loss.gradientPenalty > 0;
  let last: { readonly position: Position; readonly done: readonly number[] } | null = null;
  run.onStep((position, { phase, gradient, metrics }) => {
    const network = run.trainer.layouts[phase].network;
    const gradients = new Map<string, Float64Array>();
    for (const { name, offset, size, trainable } of network.parameters) {
      if (trainable) gradients.set(name, Float64Array.from(gradient.subarray(offset, offset + size)));
    }
    groups.set(`${phase} gradients`, gradients);
    const losses = new Map([['loss', Float64Array.of(metrics['loss'])]]);
    if (phase === 'discriminator' && penalised) losses.set('penalty', Float64Array.of(metrics['penalty']));
    groups.set(`${phase} loss`, losses);
    // A round has a result for each network, of the same work.
    if (last?.position !== position) {
      const done = [...run.state.workers.values()].map(({ id, microbatches }) => {
        const since = microbatches - (before.get(id) ?? 0);
        before.set(id, microbatches);
        return since;
      });
      last = { position, done };
    }
    shares[phase] = last.done;
    // Statistics `local`: each worker keeps its own, and nobody else knows them.
    if (batchNorm.statistics === 'local') return;
    const { running } = run.trainer.replica[phase];
    const means = new Map<string, Float64Array>();
    const variances = new Map<string, Float64Array>();
    for (const { name, offset, channels } of network.batchNorms) {
      means.set(name, Float64Array.from(running.subarray(offset, offset + channels)));
      variances.set(name, Float64Array.from(running.subarray(offset + channels, offset + 2 * channels)));
    }
    if (means.size > 0) {
      groups.set(`${phase} running means`, means);
      groups.set(`${phase} running variances`, variances);
    }
  });
  return () => ({ groups, shares });
}
