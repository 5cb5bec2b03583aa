/**
 * A whole run in the test's own process: the coordinator with its server, real sockets on loopback, and headless
 * sessions; so that a test can say which numbers go in, how fast workers claim to be, and see each step's result.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { WebSocket } from 'ws';
import { limits, type PhaseName } from '@gantry/shared';
import { freshStart } from '../../packages/coordinator/src/core/transition.ts';
import { systemClock } from '../../packages/coordinator/src/run/clock.ts';
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { Run } from '../../packages/coordinator/src/run/run.ts';
import { createServer } from '../../packages/coordinator/src/server/server.ts';
import type { Trainer } from '../../packages/coordinator/src/training/trainer.ts';
import type { Platform } from '../../packages/worker/src/session/platform.ts';
import { startSession } from '../../packages/worker/src/session/session.ts';
import type { SessionControl } from '../../packages/worker/src/session/status.ts';
import { foundStep, goldenSource, goldenTrainer, type FoundStep, type Golden } from './golden.ts';

export interface FoundRun {
  /** In the order in which they were applied. */
  readonly steps: readonly FoundStep[];
  /** Microbatches of each step, by worker in the order given. */
  readonly shares: readonly (readonly number[])[];
  /** As the run left it. */
  readonly trainer: Trainer;
}

/**
 * Trains a golden file's case from its parameters, with its examples.
 *
 * @param speeds - of each worker, as it claims it: microbatches in one and the same time
 */
export async function runGolden(golden: Golden, speeds: readonly number[]): Promise<FoundRun> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-parity-'));
  const sessions: SessionControl[] = [];
  const run = await runOf(golden, folder, speeds.length);
  const server = await serverOf(run, folder);
  try {
    const found = watch(run, speeds.length);
    const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
    run.begin();
    const finals = speeds.map(
      (speed, i) =>
        new Promise<string>((settle) => {
          const status = ({ state, detail }: { state: string; detail: string | null }): void => {
            if (state === 'refused' || state === 'unable') settle(`${state}: ${detail ?? ''}`);
          };
          sessions.push(
            startSession(
              { url, kind: 'headless', name: workerName(i) },
              { status, sheet: () => undefined, token: () => undefined },
              platform(golden, speed),
            ),
          );
        }),
    );
    const end = await Promise.race([run.ended, ...finals]);
    if (typeof end === 'string' || end.outcome !== 'complete') {
      throw new TypeError(`The run did not complete: ${JSON.stringify(end)}`);
    }
    return { ...found, trainer: run.trainer };
  } finally {
    for (const session of sessions) session.leave();
    await server.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

const workerName = (index: number): string => `worker ${index + 1}`;

async function runOf(golden: Golden, folder: string, workers: number): Promise<Run> {
  const directory = new RunDirectory(join(folder, 'run'));
  await directory.create(golden.config);
  return new Run({
    config: golden.config,
    model: golden.model,
    data: null,
    directory,
    // The file's parameters, and no sheet before the first step, which would take a worker away from it.
    checkpoint: {
      path: '',
      tensors: goldenTrainer(golden).tensors(),
      record: {
        ...freshStart,
        format: 1,
        optimizerSteps: { discriminator: 0, generator: 0 },
        seconds: 0,
        bytes: { up: 0, down: 0 },
        losses: { discriminator: null, generator: null },
        workers: [],
      },
    },
    waitFor: workers,
    incarnation: 7,
    clock: systemClock,
    notice: (sentence) => {
      throw new TypeError(`Not expected: ${sentence}`);
    },
  });
}

async function serverOf(run: Run, folder: string) {
  const nothing = join(folder, 'no-pages');
  await mkdir(nothing);
  return createServer({
    run,
    joinCode: null,
    presenterToken: 'not used',
    pages: { tab: nothing, presenter: nothing },
    chunks: null,
    log: pino({ level: 'silent' }),
  });
}

/** Keeps what each step came to, and who computed how much of it. */
function watch(run: Run, workers: number): Pick<FoundRun, 'steps' | 'shares'> {
  const steps: FoundStep[] = [];
  const shares: number[][] = [];
  const before = Array.from({ length: workers }, () => 0);
  run.onStep(({ phase }: { phase: PhaseName }, result) => {
    steps.push(foundStep(run.trainer, phase, result));
    const all = [...run.state.workers.values()];
    shares.push(
      before.map((earlier, i) => {
        const now = all.find(({ name }) => name === workerName(i))?.microbatches ?? 0;
        before[i] = now;
        return now - earlier;
      }),
    );
  });
  return { steps, shares };
}

/** Node, with the file's examples, and a worker that says how fast it is. */
function platform({ file }: Golden, speed: number): Platform {
  return {
    connect(url) {
      const socket = new WebSocket(url, { perMessageDeflate: false, maxPayload: limits.frame });
      const send = socket.send.bind(socket);
      // So much slower than it is that what is measured on the way changes nothing.
      const claim = 300_000 / speed;
      return Object.assign(socket, {
        send(data: string | Uint8Array<ArrayBuffer>) {
          if (typeof data !== 'string' || !data.startsWith('{"type":"ready"')) send(data);
          else send(JSON.stringify({ ...(JSON.parse(data) as object), millisecondsPerMicrobatch: claim }));
        },
      });
    },
    fetchBytes: () => Promise.reject(new TypeError('Golden files need no chunks')),
    candidates: ['wasm'],
    createSource: () => goldenSource(file),
  };
}
