/**
 * The coordinator's whole product path in a process of its own: run, server, real sockets, real files. It is driven by
 * the row that started it, and tells what its steps take.
 */
import { mkdir } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import pino from 'pino';
import { planModel, type PhaseName, type RunConfig } from '@gantry/shared';
import { beginning } from '../../../packages/coordinator/src/run/checkpoint.ts';
import { systemClock, type Clock } from '../../../packages/coordinator/src/run/clock.ts';
import { RunDirectory } from '../../../packages/coordinator/src/run/directory.ts';
import { Run } from '../../../packages/coordinator/src/run/run.ts';
import { createServer } from '../../../packages/coordinator/src/server/server.ts';
import { Trainer } from '../../../packages/coordinator/src/training/trainer.ts';
import { monotonic } from '../harness/monotonic.ts';
import { serve } from '../harness/serve.ts';

/** What some steps took together. */
export interface StepTimes {
  readonly steps: number;
  readonly milliseconds: number;
  /** Of this process, user and system. */
  readonly cpuMilliseconds: number;
  /** Payloads and frames, as the run's summary counts them. */
  readonly bytes: { readonly up: number; readonly down: number };
}

export interface Applied {
  /** Milliseconds. */
  readonly at: number;
  readonly phase: PhaseName;
}

/** A moment in the life of this process. */
export interface Mark {
  /** Milliseconds by the clock that all processes share. */
  readonly at: number;
  /** Milliseconds of CPU so far, user and system. */
  readonly cpu: number;
  readonly bytes: StepTimes['bytes'];
}

function mark(): Mark {
  const { user, system } = process.cpuUsage();
  return { at: monotonic(), cpu: (user + system) / 1000, bytes: opened().meter.bytes };
}

let run: Run | null = null;
const opened = (): Run => {
  if (run === null) throw new TypeError('Not opened');
  return run;
};

/**
 * A clock by which every lease takes equally long, for workers that answer at once: by a real one the scheduler would,
 * rightly, give the blocks to whoever it served first, and the others none. Its timers are real.
 */
const evenClock: Clock = {
  now: () => 0,
  date: () => Date.now(),
  at: (time, callback) => systemClock.at(systemClock.now() + time, callback),
};

const commands = {
  /**
   * @param folder - for the run's files
   * @param waitFor - workers to begin with
   * @param even - whether all workers count as equally fast, whatever they take
   * @param host - address to listen on
   * @returns the server's address
   */
  async open(
    config: RunConfig,
    folder: string,
    waitFor: number,
    even: boolean,
    host = '127.0.0.1',
  ): Promise<string> {
    const model = planModel(config);
    const directory = new RunDirectory(join(folder, 'run'));
    await directory.create(config);
    run = new Run({
      config,
      model,
      data: null,
      directory,
      // A run that goes on from its beginning draws no sheet first, which is not what is measured.
      checkpoint: beginning(new Trainer(config, model).tensors()),
      waitFor,
      incarnation: 7,
      secret: [1, 2],
      clock: even ? evenClock : systemClock,
      notice: (sentence) => process.stderr.write(`${sentence}\n`),
    });
    const nothing = join(folder, 'no-pages');
    await mkdir(nothing);
    const server = await createServer({
      run,
      joinCode: null,
      presenterToken: 'not used',
      pages: { tab: nothing, presenter: nothing },
      chunks: null,
      log: pino({ level: process.env['GANTRY_LOG'] ?? 'silent' }, pino.destination(2)),
    });
    const url = await server.app.listen({ host, port: 0 });
    run.begin();
    return url;
  },

  /** Lets `skip` steps pass, one at least, and times the `count` that follow: from step to step, as it is applied. */
  async steps(skip: number, count: number): Promise<StepTimes> {
    let done = 0;
    let [began, ended] = [mark(), mark()];
    // Only where it is needed: asking costs something, too.
    await afterSteps(skip + count, () => {
      done += 1;
      if (done === skip) began = mark();
      if (done === skip + count) ended = mark();
    });
    return {
      steps: count,
      milliseconds: ended.at - began.at,
      cpuMilliseconds: ended.cpu - began.cpu,
      bytes: { up: ended.bytes.up - began.bytes.up, down: ended.bytes.down - began.bytes.down },
    };
  },

  /** When each of the next `count` results of steps was applied. Of a round there are two, one a network. */
  async applied(count: number): Promise<readonly Applied[]> {
    const found: Applied[] = [];
    const stop = opened().onStep((_position, { phase }) => found.push({ at: monotonic(), phase }));
    await afterSteps(count, () => undefined);
    stop();
    return found;
  },

  /** Resolves after the next step, with what was when all of it was summed, and when it was applied but not yet sent. */
  async nextStep(): Promise<{ readonly summed: Mark; readonly applied: Mark }> {
    const { trainer } = opened();
    const apply = trainer.apply.bind(trainer);
    let [summed, applied] = [mark(), mark()];
    trainer.apply = (...step) => {
      summed = mark();
      return apply(...step);
    };
    await afterSteps(1, () => (applied = mark()));
    trainer.apply = apply;
    return { summed, applied };
  },

  /** The present state of things. */
  mark: (): Mark => mark(),

  /** Waits until nobody holds a lease, as after all workers have paused. */
  async idle(): Promise<void> {
    // Polls: there is no event for what does not happen.
    // oxlint-disable-next-line no-await-in-loop
    while (opened().state.leases.size > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  },

  /** Bytes of this process in memory: now, and at most since it began. */
  memory(): { readonly now: number; readonly peak: number } {
    return { now: process.memoryUsage().rss, peak: peakMemory() };
  },
};
export type Coordinator = typeof commands;

/** Resolves when `count` more steps have been applied. */
function afterSteps(count: number, each: () => void): Promise<void> {
  return new Promise((resolve) => {
    let left = count;
    const stop = opened().onStep(() => {
      each();
      left -= 1;
      if (left > 0) return;
      stop();
      resolve();
    });
  });
}

/** proc_pid_status(5) where there is one. Else what libuv says, in kilobytes. */
function peakMemory(): number {
  if (process.platform !== 'linux') return process.resourceUsage().maxRSS * 1024;
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return Number(kilobytes) * 1024;
}

serve(commands);
