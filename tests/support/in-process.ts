/**
 * A whole run in the test's own process: the coordinator with its server, real sockets on loopback, and headless
 * sessions; so that a test can say which numbers go in, how fast workers claim to be, and see each step's result.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { WebSocket } from 'ws';
import { limits, planModel, type ModelPlan, type RunConfig } from '@gantry/shared';
import { beginning, readCheckpoint, type Checkpoint } from '../../packages/coordinator/src/run/checkpoint.ts';
import { systemClock } from '../../packages/coordinator/src/run/clock.ts';
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { Run } from '../../packages/coordinator/src/run/run.ts';
import type { RunEnd, RunLogger } from '../../packages/coordinator/src/run/types.ts';
import { createServer, type ServerOptions } from '../../packages/coordinator/src/server/server.ts';
import type { Trainer } from '../../packages/coordinator/src/training/trainer.ts';
import type { Platform } from '../../packages/worker/src/session/platform.ts';
import { startSession } from '../../packages/worker/src/session/session.ts';
import type { SessionControl, SessionStatus } from '../../packages/worker/src/session/status.ts';
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
  let found: Pick<FoundRun, 'steps' | 'shares'> = { steps: [], shares: [] };
  const { run } = await trainInProcess({
    config: golden.config,
    model: golden.model,
    // The file's parameters, and no sheet before the first step, which would take a worker away from it.
    checkpoint: beginning(goldenTrainer(golden).tensors()),
    platforms: speeds.map((speed) => platform(golden, speed)),
    watch: (watched) => {
      found = watch(watched, speeds.length);
    },
  });
  return { ...found, trainer: run.trainer };
}

export interface InProcess {
  readonly config: RunConfig;
  readonly model?: ModelPlan;
  readonly checkpoint?: Checkpoint | null;
  /** Where its files go, if not into a temporary folder. */
  readonly directory?: RunDirectory;
  /** Told what the presenter is told, which is an error without. */
  readonly notice?: (sentence: string) => void;
  /** Of each worker: where it runs. */
  readonly platforms: readonly Platform[];
  /** Told before training begins; with the sessions, for a test that disturbs them. */
  readonly watch?: (run: Run, sessions: readonly SessionControl[]) => void;
  /** Told what each worker shows. */
  readonly heard?: (name: string, status: SessionStatus) => void;
  /** Ends training early, when true after a step. */
  readonly stopAfter?: (run: Run) => boolean;
}

export interface Trained {
  readonly run: Run;
  readonly end: RunEnd;
  /** The last checkpoint written, if any was. */
  readonly checkpoint: Checkpoint | null;
  /** Lines of `events.jsonl`. */
  readonly events: readonly (Readonly<Record<string, unknown>> & { readonly type: string })[];
}

/** Trains to the end, all in this process but through real sockets. */
export async function trainInProcess(options: InProcess): Promise<Trained> {
  const { platforms, stopAfter } = options;
  const served = await serveInProcess({ ...options, waitFor: platforms.length });
  const { run, directory, url } = served;
  const sessions: SessionControl[] = [];
  try {
    options.watch?.(run, sessions);
    if (stopAfter) run.onStep(() => stopAfter(run) && run.stop());
    run.begin();
    const failures: Promise<string>[] = [];
    for (const [i, each] of platforms.entries()) {
      const { session, joined, failed } = startHeadless(url, workerName(i), each, options.heard);
      sessions.push(session);
      failures.push(failed);
      // One after another: they share one TensorFlow.js, which can start one backend at a time.
      // oxlint-disable-next-line no-await-in-loop
      await Promise.race([joined, failed, run.ended]);
    }
    const end = await Promise.race([run.ended, ...failures]);
    if (typeof end === 'string' || end.outcome === 'diverged') {
      throw new TypeError(`The run did not complete: ${JSON.stringify(end)}`);
    }
    const lines = Buffer.from(await directory.disk.read(directory.events))
      .toString()
      .trim()
      .split('\n');
    return {
      run,
      end,
      checkpoint: end.checkpoint === null ? null : await readCheckpoint(end.checkpoint, directory.disk),
      events: lines.map((line) => JSON.parse(line) as Trained['events'][number]),
    };
  } finally {
    for (const session of sessions) session.leave();
    await served.close();
  }
}

/** A session; `joined`: it has tested its backend and takes part; `failed`: it never will, and says why. */
export function startHeadless(
  url: string,
  name: string,
  platform: Platform,
  heard?: InProcess['heard'],
): { readonly session: SessionControl; readonly joined: Promise<string>; readonly failed: Promise<string> } {
  const heardOf = new Map<'joined' | 'failed', (detail: string) => void>();
  const joined = new Promise<string>((settle) => heardOf.set('joined', settle));
  const failed = new Promise<string>((settle) => heardOf.set('failed', settle));
  const status = (said: SessionStatus): void => {
    const { state, detail } = said;
    heard?.(name, said);
    const final = state === 'refused' || state === 'unable';
    if (final) heardOf.get('failed')?.(`${state}: ${detail?.message ?? ''}`);
    else if (state !== 'connecting' && state !== 'testing') heardOf.get('joined')?.(state);
  };
  const listener = { status, sheet: () => undefined, token: () => undefined };
  return { session: startSession({ url, kind: 'headless', name }, listener, platform), joined, failed };
}

function unexpected(sentence: string): never {
  throw new TypeError(`Not expected: ${sentence}`);
}

const workerName = (index: number): string => `worker ${index + 1}`;

export interface Served {
  readonly run: Run;
  readonly directory: RunDirectory;
  /** `http://127.0.0.1:PORT`; anybody may join. */
  readonly url: string;
  /** The presenter's address. */
  readonly presenter: string;
  /** Ends it, and removes its files, but for those in a directory that it was given. */
  close(): Promise<void>;
}

const presenterToken = 'presenter';

/**
 * A coordinator in this process that listens on loopback. Its run is still to begin.
 *
 * @param notice - told what people would be told; without it, nothing may be
 */
export async function serveInProcess({
  config,
  model = planModel(config),
  checkpoint = null,
  waitFor = 0,
  log = pino({ level: 'silent' }),
  notice = unexpected,
  directory: given,
  pages = null,
}: Pick<InProcess, 'config' | 'model' | 'checkpoint' | 'notice' | 'directory'> & {
  readonly waitFor?: number;
  readonly log?: RunLogger;
  /** What it serves; nothing without. */
  readonly pages?: ServerOptions['pages'] | null;
}): Promise<Served> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-in-process-'));
  const nothing = join(folder, 'no-pages');
  await mkdir(nothing);
  const directory = given ?? new RunDirectory(join(folder, 'run'));
  await directory.create(config);
  const run = new Run({
    config,
    model,
    data: null,
    directory,
    checkpoint,
    waitFor,
    incarnation: 7,
    secret: [1, 2],
    clock: systemClock,
    notice,
  });
  const server = await createServer({
    run,
    joinCode: null,
    presenterToken,
    pages: pages ?? { tab: nothing, presenter: nothing },
    chunks: null,
    log,
  });
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    run,
    directory,
    url,
    presenter: `${url}/present/#${presenterToken}`,
    async close() {
      await server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Keeps what each step came to, and who computed how much of it. */
function watch(run: Run, workers: number): Pick<FoundRun, 'steps' | 'shares'> {
  const steps: FoundStep[] = [];
  const shares: number[][] = [];
  const before = Array.from({ length: workers }, () => 0);
  run.onStep((_position, result) => {
    steps.push(foundStep(run.trainer, result.phase, result));
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

/** Node, and a worker that says how fast it is. @param speed - microbatches in one and the same time */
export const claiming = (speed: number): Platform => ({
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
  fetchBytes: () => Promise.reject(new TypeError('Drawn data needs no chunks')),
  candidates: ['wasm'],
});

/** The same with the file's examples. */
const platform = ({ file }: Golden, speed: number): Platform => ({
  ...claiming(speed),
  createSource: () => goldenSource(file),
});
