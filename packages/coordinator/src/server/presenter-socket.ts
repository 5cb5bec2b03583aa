/** The presenter's page's connection: told how the run goes, a few times a second; and what its user does to the run. */
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
  presenterInput,
  type PresenterAction,
  type PresenterMessage,
  type WorkerView,
} from '@gantry/shared';
import type { WorkerState } from '../core/types.ts';
import type { Run } from '../run/run.ts';
import type { RunLogger } from '../run/types.ts';
import type { Sheet } from '../run/sheet.ts';
import { Allowance } from './allowance.ts';
import { sameSecret } from './secrets.ts';
import { awaitHello, type Peer } from './stranger.ts';
import type { Bounds } from './bounds.ts';
import { Tries } from './tries.ts';
import { closeWith, textOf } from './worker-socket.ts';

/** Milliseconds between messages. */
const interval = 250;

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
  readonly #bounds: Bounds;
  readonly #tries = new Tries();
  readonly #pages = new Set<WebSocket>();
  readonly #timer: NodeJS.Timeout;
  readonly #stopSheets: () => void;
  #invitation: Invitation = { joinUrls: [], joinCode: null, joinQr: [] };

  constructor(run: Run, token: string, log: RunLogger, bounds: Bounds) {
    this.#run = run;
    this.#token = token;
    this.#log = log;
    this.#bounds = bounds;
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

  serve(socket: WebSocket, peer: Peer): void {
    const allowance = new Allowance('messages', this.#bounds.messages, performance.now());
    let refused = false;
    const refuse = (error: unknown): void => {
      const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
      this.#log.warn({ address: peer.ip, code: known.code }, known.message);
      if (known.entry.close === undefined) return; // a second click on a button is no reason to close
      refused = true;
      closeWith(socket, known, this.#bounds.close);
      if (known.code === 'MESSAGES_TOO_MANY') socket.pause();
    };
    const introduced = awaitHello(peer, this.#bounds.hello, refuse);
    socket.on('message', (data, isBinary) => {
      if (refused) return; // what is on its way is not looked at
      try {
        allowance.take(performance.now());
        const input = parseMessage(presenterInput, isBinary ? '' : textOf(data));
        const admitted = this.#pages.has(socket);
        if ((input.type === 'hello') === admitted) {
          throw gantryError('MESSAGE_UNEXPECTED', input.type, admitted ? 'admitted' : 'not admitted');
        }
        if (input.type !== 'hello') {
          this.#act(input);
          return;
        }
        this.#admit(input.token, peer.ip);
        introduced();
        this.#welcome(socket);
      } catch (error) {
        refuse(error);
      }
    });
    socket.on('error', (error) => this.#log.warn({ error: error.message }, "A presenter's socket failed"));
    socket.on('close', () => {
      introduced();
      this.#pages.delete(socket);
    });
  }

  /** @throws PRESENTER_TRIES, PRESENTER_TOKEN_WRONG, PRESENTERS_FULL */
  #admit(token: string, address: string): void {
    const now = performance.now();
    if (this.#tries.exhausted(address, now)) throw gantryError('PRESENTER_TRIES');
    if (!sameSecret(token, this.#token)) {
      this.#tries.wrong(address, now);
      throw gantryError('PRESENTER_TOKEN_WRONG');
    }
    if (this.#pages.size >= limits.presenters) throw gantryError('PRESENTERS_FULL', limits.presenters);
  }

  #act(action: PresenterAction): void {
    this.#run.pardon(action.worker);
    this.#log.info(action, 'The presenter acted');
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
