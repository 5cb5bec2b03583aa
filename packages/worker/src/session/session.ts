/**
 * A worker's session with the coordinator: joins, proves its backends, takes leases, answers with updates, and
 * comes back as the same worker when the connection is lost. The same code in a tab's Web Worker and in Node.
 */
import {
  applyNetwork,
  coordinatorMessage,
  emptyReplica,
  errorRegistry,
  errorText,
  gantryError,
  headerBytes,
  newFrame,
  parseMessage,
  planModel,
  protocolVersion,
  readFrame,
  sealFrame,
  volume,
  type BackendTrial,
  type CoordinatorMessage,
  type ErrorCode,
  type EvaluateMessage,
  type Frame,
  type LeaseMessage,
  type ModelPlan,
  type NetworkState,
  type WelcomeMessage,
  type WorkerMessage,
} from '@gantry/shared';
import { tryBackends } from '../compute/backends.ts';
import type { Compute, ExampleSource } from '../compute/types.ts';
import { createSource } from '../data/source.ts';
import { backoff } from './backoff.ts';
import type { Platform, Socket } from './platform.ts';
import { HeldReplica } from './replica.ts';
import type {
  SessionControl,
  SessionListener,
  SessionOptions,
  SessionState,
  SessionStatus,
} from './status.ts';

/** The coordinator speaks every second; after this much silence the connection is taken for lost. Milliseconds. */
const silence = 20_000;
const watchInterval = 5_000;
/** Status goes out this much after it changed: many changes, one message. Milliseconds. */
const statusDelay = 100;
/** A pause between leases shorter than this is not shown as waiting. Milliseconds. */
const idleShown = 700;

/** What belongs to one configuration; kept over reconnects. */
interface Workplace {
  readonly key: string;
  readonly model: ModelPlan;
  readonly source: ExampleSource;
  readonly replica: HeldReplica;
  readonly trials: readonly BackendTrial[];
  readonly compute: Compute | null;
  readonly millisecondsPerMicrobatch: number;
}

type Final = Extract<SessionState, 'refused' | 'unable' | 'left' | 'finished'>;

export function startSession(
  options: SessionOptions,
  listener: SessionListener,
  platform: Platform,
): SessionControl {
  return new Session(options, listener, platform);
}

class Session implements SessionControl {
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #platform: Platform;
  #socket: Socket | null = null;
  #token: string | undefined;
  #attempt = 0;
  #heardAt = 0;
  #watchedAt = 0;
  readonly #watch: ReturnType<typeof setInterval>;
  #reconnect: ReturnType<typeof setTimeout> | null = null;
  #welcome: WelcomeMessage | null = null;
  #workplace: Workplace | null = null;
  /** Moving average that came for the next `evaluate`. */
  #ema: { lease: number; state: NetworkState } | null = null;
  /** Work in order: tests, leases, sheets. */
  #work: Promise<void> = Promise.resolve();
  /** Counts connections lost: work that came over an earlier one is called off. */
  #era = 0;
  /** Counts pauses: a lease under way is given back. */
  #pauses = 0;
  #busySince: number | null = null;
  #busyUntil = 0;
  #availability: 'working' | 'paused' | 'hidden' = 'working';
  #activity: 'connecting' | 'testing' | 'waiting' | 'computing' | 'sampling' = 'connecting';
  #final: Final | null = null;
  #refusal: { code: ErrorCode; message: string } | null = null;
  #detail: string | null = null;
  #phase: LeaseMessage['phase'] | null = null;
  #progress: Extract<CoordinatorMessage, { type: 'progress' }> | null = null;
  #bytes = { up: 0, down: 0 };
  #statusTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: SessionOptions, listener: SessionListener, platform: Platform) {
    this.#options = options;
    this.#listener = listener;
    this.#platform = platform;
    this.#token = options.token;
    this.#watch = setInterval(() => this.#look(), watchInterval);
    this.#connect();
  }

  setAvailability(state: 'working' | 'paused' | 'hidden'): void {
    if (state === this.#availability) return;
    this.#availability = state;
    if (state === 'paused') this.#pauses += 1;
    this.#tell({ type: 'availability', state });
    this.#changed();
  }

  leave(): void {
    this.#tell({ type: 'bye' });
    this.#finish('left', null);
  }

  // --- connection ------------------------------------------------------------------------------

  #connect(): void {
    this.#activity = 'connecting';
    this.#reconnect = null;
    const url = new URL('/socket', this.#options.url);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    const socket = this.#platform.connect(url.href);
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      const { kind, name, joinCode } = this.#options;
      const token = this.#token;
      this.#tell({
        type: 'hello',
        protocol: protocolVersion,
        kind,
        ...(name ? { name } : {}),
        ...(joinCode ? { joinCode } : {}),
        ...(token ? { token } : {}),
      });
    });
    socket.addEventListener('message', ({ data }) => {
      if (socket === this.#socket) this.#take(data);
    });
    socket.addEventListener('error', (event) => {
      this.#detail = event.message ?? null;
    });
    socket.addEventListener('close', ({ code }) => {
      if (socket === this.#socket) this.#lost(code);
    });
    this.#changed();
  }

  #lost(code: number): void {
    this.#socket = null;
    this.#era += 1;
    if (this.#final) return;
    const known = (Object.keys(errorRegistry) as ErrorCode[]).find(
      (name) => (errorRegistry[name] as { close?: number }).close === code,
    );
    const entry: { retry?: boolean } = known ? errorRegistry[known] : { retry: true };
    if (known === 'RUN_FINISHED') {
      this.#finish('finished', null);
    } else if (entry.retry === false) {
      this.#finish('refused', this.#refusal?.message ?? known ?? null);
    } else {
      this.#activity = 'connecting';
      this.#reconnect = setTimeout(() => this.#connect(), backoff(this.#attempt, Math.random()));
      this.#attempt += 1;
      this.#detail ??= 'The connection was lost; trying again.';
      this.#changed();
    }
  }

  /** A network that vanishes closes nothing: silence tells. */
  #look(): void {
    const now = performance.now();
    const late = now - this.#watchedAt > 2 * watchInterval;
    this.#watchedAt = now;
    // Where this very timer came late (a long computation, a laptop asleep), messages may be waiting unread.
    if (late || this.#socket === null || now - this.#heardAt < silence) return;
    const socket = this.#socket;
    this.#lost(4408);
    socket.close();
  }

  #tell(message: WorkerMessage): void {
    this.#send(JSON.stringify(message));
  }

  #send(data: string | Uint8Array<ArrayBuffer>): void {
    try {
      this.#socket?.send(data);
      if (typeof data !== 'string') this.#bytes.up += data.length;
    } catch {
      // Still connecting: `hello` on opening says everything anew.
    }
  }

  #finish(state: Final, detail: string | null): void {
    this.#final = state;
    this.#detail = detail;
    this.#era += 1;
    clearInterval(this.#watch);
    if (this.#reconnect) clearTimeout(this.#reconnect);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    // The backend goes when the last computation on it has ended.
    this.#enqueue(async () => {
      this.#workplace?.compute?.dispose();
      this.#emit();
    });
    this.#emit();
  }

  // --- what the coordinator says ---------------------------------------------------------------

  #take(data: unknown): void {
    this.#heardAt = performance.now();
    try {
      if (typeof data === 'string') this.#takeMessage(parseMessage(coordinatorMessage, data));
      else if (data instanceof ArrayBuffer) this.#takeFrame(readFrame(new Uint8Array(data)));
    } catch (error) {
      // The coordinator is older, newer or broken: say so, and try again later.
      this.#detail = errorText(error);
      this.#socket?.close(4400);
    }
  }

  #takeMessage(message: CoordinatorMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#takeWelcome(message);
        return;
      case 'lease': {
        const era = this.#era;
        this.#enqueue(() => this.#lease(message, era));
        return;
      }
      case 'evaluate': {
        const era = this.#era;
        const ema = this.#ema;
        this.#ema = null;
        this.#enqueue(() => this.#evaluate(message, ema, era));
        return;
      }
      case 'progress':
        this.#progress = message;
        this.#changed();
        return;
      case 'sheet':
        this.#listener.sheet({ iteration: message.iteration, url: message.url, points: message.points });
        return;
      case 'report': {
        const replica = this.#workplace?.replica;
        const version = replica?.version ?? null;
        const checksum = replica?.checksum() ?? null;
        if (version !== null && checksum !== null) this.#tell({ type: 'replica', version, checksum });
        this.#changed();
        return;
      }
      case 'finished':
        this.#finish('finished', null);
        return;
      case 'refused':
        this.#refusal = { code: message.code, message: message.message };
        this.#detail = message.message;
        this.#changed();
        return;
    }
  }

  #takeFrame(frame: Frame): void {
    this.#bytes.down += headerBytes + frame.payload.length;
    const { kind, incarnation, lease } = frame.header;
    const workplace = this.#workplace;
    if (workplace === null || incarnation !== this.#welcome?.incarnation) return;
    if (kind === 'ema') {
      const { generator } = emptyReplica(workplace.model);
      this.#ema = applyNetwork(generator, frame) ? { lease, state: generator } : null;
      return;
    }
    if (!workplace.replica.apply(frame)) {
      // Its lease, which follows, is given back, and the next one brings a snapshot.
      this.#tell({ type: 'need-snapshot', version: frame.header.version });
    }
    this.#changed();
  }

  #takeWelcome(welcome: WelcomeMessage): void {
    this.#attempt = 0;
    this.#detail = null;
    this.#refusal = null;
    this.#token = welcome.token;
    this.#listener.token(welcome.token);
    this.#welcome = welcome;
    this.#workplace?.replica.forget();
    const era = this.#era;
    this.#enqueue(async () => {
      const workplace = await this.#prepare(welcome);
      if (era !== this.#era || workplace === null) return;
      const trials = [...workplace.trials];
      if (workplace.compute === null) {
        this.#tell({ type: 'unable', trials });
        this.#finish('unable', gantryError('NO_BACKEND', trials.map((t) => t.backend).join(', ')).message);
        return;
      }
      const { backend } = workplace.compute;
      const { millisecondsPerMicrobatch } = workplace;
      if (this.#availability !== 'working') this.#tell({ type: 'availability', state: this.#availability });
      this.#tell({ type: 'ready', backend, trials, millisecondsPerMicrobatch });
      this.#activity = 'waiting';
      this.#changed();
    });
  }

  /** Tests and times this machine's backends on the run's model, unless that was done before. */
  async #prepare(welcome: WelcomeMessage): Promise<Workplace | null> {
    const key = JSON.stringify([welcome.config, welcome.data]);
    if (this.#workplace?.key === key) return this.#workplace;
    this.#activity = 'testing';
    this.#changed();
    this.#workplace?.compute?.dispose();
    this.#workplace = null;
    const { config, data } = welcome;
    const model = planModel(config);
    const source = createSource(config, data, (chunk) =>
      this.#platform.fetchBytes(new URL(`${data?.path ?? ''}/${chunk}`, this.#options.url).href),
    );
    const { backends } = this.#options;
    const candidates = this.#platform.candidates.filter((name) => backends?.includes(name) ?? true);
    const tried = await tryBackends(candidates, model, config);
    this.#workplace = { key, model, source, replica: new HeldReplica(model), ...tried };
    return this.#workplace;
  }

  // --- work ------------------------------------------------------------------------------------

  #enqueue(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error: unknown) => {
      this.#detail = errorText(error);
      this.#changed();
    });
  }

  async #lease(message: LeaseMessage, era: number): Promise<void> {
    const { lease, version, phase, step, blocks } = message;
    const { compute, source, replica } = this.#workplace ?? {};
    if (!compute || !source || !replica || era !== this.#era) {
      this.#giveBack(lease, 'paused or gone');
      return;
    }
    if (replica.version !== version) {
      this.#giveBack(lease, `replica at version ${replica.version ?? 'none'}`);
      return;
    }
    const pauses = this.#pauses;
    const cancelled = (): boolean => era !== this.#era || pauses !== this.#pauses;
    this.#busy('computing');
    this.#phase = phase;
    try {
      replica.loadInto(compute);
      const bytes = compute.payloadBytes(phase, blocks.length);
      const incarnation = this.#welcome?.incarnation ?? 0;
      const records = this.#welcome?.config.batchNorm.statistics === 'local' ? 1 : blocks.length;
      const frame = newFrame(
        { kind: 'update', codec: 'float32', incarnation, lease, version, phase, count: records, replica: 0 },
        bytes,
      );
      const sums = await compute.update(
        { phase, step, blocks },
        source,
        frame.subarray(headerBytes),
        cancelled,
      );
      if (sums === null || cancelled()) this.#giveBack(lease, 'paused or gone');
      else this.#send(sealFrame(frame));
    } catch (error) {
      this.#giveBack(lease, errorText(error));
      this.#detail = errorText(error);
    } finally {
      this.#idle();
    }
  }

  async #evaluate(
    message: EvaluateMessage,
    ema: { lease: number; state: NetworkState } | null,
    era: number,
  ): Promise<void> {
    const { lease, version, samples } = message;
    const { compute, source, model } = this.#workplace ?? {};
    if (!compute || !source || !model || ema?.lease !== lease || era !== this.#era) {
      this.#giveBack(lease, 'paused or gone');
      return;
    }
    this.#busy('sampling');
    try {
      const examples = await compute.generate(ema.state, source.sampleLatents(samples));
      const points = model.generator.output.length === 1;
      const real = points ? await source.sampleReal(shownReal) : new Float32Array(0);
      const bytes = points ? 4 * (examples.length + real.length) : samples * volume(model.generator.output);
      const frame = newFrame(
        {
          kind: 'evaluation',
          codec: 'float32',
          incarnation: this.#welcome?.incarnation ?? 0,
          lease,
          version,
          phase: 'generator',
          count: samples,
          replica: 0,
        },
        bytes,
      );
      if (points) {
        const payload = new Float32Array(frame.buffer, headerBytes);
        payload.set(examples);
        payload.set(real, examples.length);
      } else {
        // Images as 8 bits, [−1, 1] to [0, 255]; the array clamps and rounds.
        const pixels = new Uint8ClampedArray(frame.buffer, headerBytes);
        for (let i = 0; i < pixels.length; i++) pixels[i] = (examples[i] + 1) * 127.5;
      }
      if (era !== this.#era) this.#giveBack(lease, 'paused or gone');
      else this.#send(sealFrame(frame));
    } catch (error) {
      this.#giveBack(lease, errorText(error));
      this.#detail = errorText(error);
    } finally {
      this.#idle();
    }
  }

  #giveBack(lease: number, reason: string): void {
    this.#tell({ type: 'give-back', lease, reason: reason.slice(0, 300) });
  }

  #busy(activity: 'computing' | 'sampling'): void {
    this.#activity = activity;
    this.#busySince = performance.now();
    this.#changed();
  }

  #idle(): void {
    this.#busySince = null;
    this.#busyUntil = performance.now();
    this.#changed();
  }

  // --- status ----------------------------------------------------------------------------------

  #changed(): void {
    this.#statusTimer ??= setTimeout(() => this.#emit(), statusDelay);
  }

  #emit(): void {
    if (this.#statusTimer) clearTimeout(this.#statusTimer);
    this.#statusTimer = null;
    this.#listener.status(this.#status());
  }

  #state(): SessionState {
    if (this.#final) return this.#final;
    if (this.#activity === 'connecting' || this.#activity === 'testing') return this.#activity;
    if (this.#availability !== 'working') return this.#availability;
    if (this.#busySince !== null || performance.now() - this.#busyUntil < idleShown) return this.#activity;
    return 'waiting';
  }

  #status(): SessionStatus {
    const workplace = this.#workplace;
    const progress = this.#progress;
    return {
      state: this.#state(),
      detail: this.#detail,
      errorCode: this.#refusal?.code ?? null,
      name: this.#welcome?.name ?? null,
      worker: this.#welcome?.worker ?? null,
      preset: this.#welcome?.config.preset ?? null,
      backend: workplace?.compute?.backend ?? null,
      trials: workplace?.trials ?? [],
      millisecondsPerMicrobatch: workplace?.compute ? workplace.millisecondsPerMicrobatch : null,
      phase: this.#phase,
      runStatus: progress?.status ?? null,
      iteration: progress?.iteration ?? 0,
      iterations: progress?.iterations ?? this.#welcome?.config.schedule.iterations ?? 0,
      workers: progress?.workers ?? 0,
      share: progress?.share ?? 0,
      microbatches: progress?.microbatches ?? 0,
      version: workplace?.replica.version ?? null,
      replicaChecksum: workplace?.replica.checksum() ?? null,
      tensors: workplace?.compute?.tensors() ?? 0,
      bytes: { ...this.#bytes },
    };
  }
}

/** Real points drawn beside generated ones. */
const shownReal = 500;
