/** The presenter's page's connection: told how the run goes, a few times a second. */
import type { WebSocket } from 'ws';
import {
  unitsPerVersion,
  errorText,
  exampleShape,
  gantryError,
  GantryError,
  limits,
  mixtures,
  parseMessage,
  presenterHello,
  type PresenterMessage,
  type WorkerView,
} from '@gantry/shared';
import { sameSecret } from './secrets.ts';
import type { WorkerState } from '../core/types.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger } from '../run/types.ts';
import type { Sheet } from '../run/sheet.ts';
import { closeWith, textOf } from './worker-socket.ts';

/** Milliseconds between messages. */
const interval = 250;
const helloSeconds = 10;

export interface Invitation {
  /** Addresses that open the tab, the likeliest first, join code filled in. */
  readonly joinUrls: readonly string[];
  readonly joinCode: string | null;
  /** Rows of 0 and 1 (dark) of the first address's QR code. */
  readonly joinQr: readonly string[];
}

/** Feeds all presenters' pages of one run from one timer. */
export class PresenterFeed {
  readonly #run: Run;
  readonly #token: string;
  readonly #log: RunLogger;
  readonly #pages = new Set<WebSocket>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopSheets: () => void;
  #invitation: Invitation = { joinUrls: [], joinCode: null, joinQr: [] };

  constructor(run: Run, token: string, log: RunLogger) {
    this.#run = run;
    this.#token = token;
    this.#log = log;
    this.#timer = setInterval(() => this.#tick(), interval);
    this.#stopSheets = run.onSheet((sheet) => this.#broadcast(sheetMessage(run, sheet)));
  }

  /** Known only once the server listens. */
  invite(invitation: Invitation): void {
    this.#invitation = invitation;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#stopSheets();
    this.#tick();
    for (const page of this.#pages) page.close(1001);
  }

  serve(socket: WebSocket): void {
    const timer = setTimeout(
      () => closeWith(socket, gantryError('JOIN_TIMEOUT', helloSeconds)),
      helloSeconds * 1000,
    );
    socket.on('message', (data, isBinary) => {
      try {
        const hello = parseMessage(presenterHello, isBinary ? '' : textOf(data));
        clearTimeout(timer);
        if (!sameSecret(hello.token, this.#token)) throw gantryError('PRESENTER_TOKEN_WRONG');
        if (this.#pages.size >= limits.presenters) throw gantryError('WORKERS_FULL', limits.presenters);
        this.#welcome(socket);
      } catch (error) {
        const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
        this.#log.warn({ code: known.code }, known.message);
        closeWith(socket, known);
      }
    });
    socket.on('error', (error) => this.#log.warn({ error: error.message }, "A presenter's socket failed"));
    socket.on('close', () => {
      clearTimeout(timer);
      this.#pages.delete(socket);
    });
  }

  #welcome(socket: WebSocket): void {
    const run = this.#run;
    const { config } = run;
    // What the others have not been told yet would reach this page twice.
    this.#tick();
    const send = (message: PresenterMessage): void => socket.send(JSON.stringify(message));
    send({
      type: 'hello',
      preset: config.preset,
      seed: config.seed,
      run: run.options.directory.path,
      iterations: config.schedule.iterations,
      exampleShape: [...exampleShape(config.data)],
      strategy: config.strategy.kind,
      usefulWorkers: unitsPerVersion(config),
      joinUrls: [...this.#invitation.joinUrls],
      joinCode: this.#invitation.joinCode,
      joinQr: [...this.#invitation.joinQr],
    });
    send({ type: 'losses', ...run.meter.history.all() });
    send(progressMessage(run));
    if (run.latestSheet) send(sheetMessage(run, run.latestSheet));
    this.#pages.add(socket);
  }

  #tick(): void {
    const losses = this.#run.meter.history.takeFresh();
    if (this.#pages.size === 0) return;
    if (losses.iteration.length > 0) this.#broadcast({ type: 'losses', ...losses });
    this.#broadcast(progressMessage(this.#run));
  }

  #broadcast(message: PresenterMessage): void {
    const text = JSON.stringify(message);
    for (const page of this.#pages) {
      // A page that does not keep up misses some: the next message holds the present state anyway.
      if (page.readyState === page.OPEN && page.bufferedAmount < 1 << 20) page.send(text);
    }
  }
}

function progressMessage(run: Run): PresenterMessage {
  const { position, version, workers, counters } = run.state;
  return {
    type: 'progress',
    status: run.status,
    iteration: position.iteration,
    phase: position.phase,
    stepInPhase: position.done,
    phaseLengths: run.phaseLengths,
    version,
    examplesPerSecond: run.status === 'running' ? run.examplesPerSecond : 0,
    secondsElapsed: run.meter.seconds,
    secondsLeft: run.secondsLeft,
    bytes: { ...run.meter.bytes },
    workers: [...workers.values()].map((worker) => workerView(run, worker, counters.microbatches)),
  };
}

function workerView(run: Run, worker: WorkerState, microbatches: number): WorkerView {
  return {
    id: worker.id,
    name: worker.name,
    kind: worker.kind,
    state: stateOf(run, worker),
    quarantined: worker.quarantined,
    backend: worker.backend,
    millisecondsPerMicrobatch: worker.stage === 'ready' ? worker.pace : null,
    microbatches: worker.microbatches,
    share: microbatches > 0 ? worker.microbatches / microbatches : 0,
  };
}

function stateOf(run: Run, worker: WorkerState): WorkerView['state'] {
  if (!worker.connected) return worker.left ? 'left' : 'lost';
  if (worker.quarantined !== null) return 'quarantined';
  if (worker.stage !== 'ready') return worker.stage;
  if (worker.availability !== 'working') return worker.availability;
  if (worker.lease === null) return 'waiting';
  return run.state.leases.get(worker.lease)?.expired ? 'late' : 'working';
}

function sheetMessage(run: Run, sheet: Sheet): PresenterMessage {
  const { iteration, url, points, score } = sheet;
  const { source } = run.config.data;
  if (!points || !score || (source !== 'ring' && source !== 'grid')) return { type: 'sheet', iteration, url };
  return {
    type: 'sheet',
    iteration,
    url,
    points: {
      ...points,
      modes: score.modes,
      modesTotal: mixtures[source].centres.length,
      highQuality: score.highQuality,
    },
  };
}
