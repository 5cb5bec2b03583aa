/**
 * A worker's session with the coordinator: joins, proves its backends, takes leases, answers with updates, and
 * comes back as the same worker when the connection is lost. The same code in a tab's Web Worker and in Node.
 */
import {
  coordinatorMessage,
  errorText,
  gantryError,
  GantryError,
  parseMessage,
  protocolVersion,
  readFrame,
  sealFrame,
  type CoordinatorMessage,
  type EvaluateMessage,
  type Frame,
  type LeaseMessage,
  type WelcomeMessage,
  type WorkerMessage,
} from '@gantry/shared';
import { discard } from '../compute/backends.ts';
import type { Exchange, LeaseTask } from '../compute/types.ts';
import { checkEvaluate, checkLease } from './check-task.ts';
import { Connection } from './connection.ts';
import { describeSession, type Progress } from './describe.ts';
import { drawEvaluation } from './draw.ts';
import { Duty } from './duty.ts';
import { Evaluated, type EvaluatedNetworks } from './evaluated.ts';
import type { Platform } from './platform.ts';
import { PlayedFaults } from './faults.ts';
import { Rendezvous } from './rendezvous.ts';
import { Sleeper, type Hold } from './sleeper.ts';
import type {
  Detail,
  SessionControl,
  SessionListener,
  SessionOptions,
  SessionState,
  TaskShown,
} from './status.ts';
import {
  computeLease,
  heldFor,
  openWorkplace,
  workplaceKey,
  type Equipped,
  type Workplace,
} from './workplace.ts';
import { WorkQueue } from './work-queue.ts';

/** Status goes out this much after it changed: many changes, one message. Milliseconds. */
const statusDelay = 100;
/** A pause between leases shorter than this is not shown as waiting. Milliseconds. */
const idleShown = 700;
/** Browsers may wake timers of tabs that were long hidden once a minute: that is no sleep. Milliseconds. */
const hiddenTimers = 60_000;

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
  readonly #connection: Connection;
  #token: string | undefined;
  #name: string | undefined;
  #welcome: WelcomeMessage | null = null;
  #workplace: Workplace | null = null;
  readonly #evaluated = new Evaluated();
  readonly #queue: WorkQueue;
  /** Leases to answer; true: revoked. */
  readonly #leases = new Map<number, boolean>();
  readonly #rendezvous: Rendezvous;
  /** Counts connections lost: work that came over an earlier one is called off. */
  #era = 0;
  /** Counts pauses: a lease under way is given back. */
  #pauses = 0;
  #busy = false;
  #busyUntil = 0;
  #availability: 'working' | 'paused' | 'hidden' = 'working';
  readonly #sleeper: Sleeper;
  readonly #duty: Duty;
  readonly #faults = new PlayedFaults();
  #activity: 'connecting' | 'testing' | 'waiting' | 'computing' | 'sampling' = 'connecting';
  #final: Final | null = null;
  #refusal: Detail | null = null;
  /** The run is over, and it stays. */
  #staying = false;
  /** Why it gets no work; null: it does. */
  #quarantine: string | null = null;
  #detail: Detail | null = null;
  #task: TaskShown | null = null;
  #progress: Progress | null = null;
  #statusTimer: ReturnType<typeof setTimeout> | null = null;

  constructor(options: SessionOptions, listener: SessionListener, platform: Platform) {
    this.#options = options;
    this.#listener = listener;
    this.#platform = platform;
    this.#token = options.token;
    this.#name = options.name;
    this.#duty = new Duty(options.load ?? 1);
    this.#connection = new Connection(options.url, platform, {
      opened: () => this.#sayHello(),
      received: (data) => this.#take(data),
      lost: (aside) => {
        this.#callOff();
        if (aside) this.#leaveWorkplace();
        this.#activity = 'connecting';
        this.#detail ??= gantryError('CONNECTION_LOST');
        this.#changed();
      },
      ended: (code) => {
        if (code === 'RUN_FINISHED') this.#finish('finished', null);
        else this.#finish('refused', this.#refusal ?? { code, message: code });
      },
      detail: (detail) => {
        this.#detail = detail;
        this.#changed();
      },
      fellSilent: () => this.#changed(),
    });
    this.#rendezvous = new Rendezvous((frame) => this.#connection.send(frame));
    this.#queue = new WorkQueue((error) => {
      this.#detail = detailOf(error);
      this.#changed();
    });
    this.#sleeper = new Sleeper(
      () => this.#hold(),
      (seconds) => this.#woke(seconds),
    );
    this.#changed();
  }

  setAvailability(state: 'working' | 'paused' | 'hidden'): void {
    if (state === this.#availability) return;
    this.#availability = state;
    if (state === 'paused') {
      this.#pauses += 1;
      this.#rendezvous.callOff();
    }
    this.#tell({ type: 'availability', state });
    this.#changed();
  }

  setLoad(load: number): void {
    this.#duty.setLoad(load);
    this.#changed();
  }

  rename(name: string): void {
    this.#name = name;
    this.#tell({ type: 'rename', name });
  }

  leave(): void {
    this.#tell({ type: 'bye' });
    this.#finish('left', null);
  }

  #tell(message: WorkerMessage): void {
    this.#connection.send(JSON.stringify(message));
  }

  #sayHello(): void {
    const { kind, joinCode } = this.#options;
    const token = this.#token;
    const name = this.#name;
    const slept = this.#sleeper.untold;
    this.#tell({
      type: 'hello',
      protocol: protocolVersion,
      kind,
      ...(name ? { name } : {}),
      ...(joinCode ? { joinCode } : {}),
      ...(token ? { token } : {}),
      ...(slept === null ? {} : { slept }),
    });
  }

  /** Comes back at once: whether the connection outlived the sleep cannot be known, and its lease did not. */
  #woke(seconds: number): void {
    this.#detail = gantryError('MACHINE_SLEPT', seconds);
    this.#connection.restart();
  }

  #hold(): Hold {
    const byBrowser = this.#availability === 'hidden' ? hiddenTimers : 0;
    if (this.#activity === 'testing') return { byWork: Infinity, byBrowser }; // the speed is not known yet, and nothing is leased
    if (!this.#busy || this.#workplace === null || this.#welcome === null) return { byWork: 0, byBrowser };
    const work = this.#activity === 'sampling' ? 'sampling' : 'computing';
    return { byWork: heldFor(this.#workplace, this.#welcome.config, work), byBrowser };
  }

  #finish(state: Final, detail: Detail | null): void {
    if (this.#final) return;
    this.#final = state;
    this.#detail = detail;
    this.#callOff();
    this.#sleeper.stop();
    this.#connection.close();
    // The backend goes when the last computation on it has ended.
    this.#queue.add(async () => {
      this.#workplace?.compute?.dispose();
      this.#emit();
    });
    this.#emit();
  }

  /** What was asked for over the connection that was there is not wanted any more. */
  #callOff(): void {
    this.#era += 1;
    this.#leases.clear();
    this.#rendezvous.callOff();
    this.#duty.forget();
  }

  // --- what the coordinator says ---------------------------------------------------------------

  #take(data: unknown): void {
    if (this.#final) return;
    try {
      if (typeof data === 'string') this.#takeMessage(parseMessage(coordinatorMessage, data));
      else if (data instanceof ArrayBuffer) this.#takeFrame(readFrame(new Uint8Array(data)));
    } catch (error) {
      this.#detail = detailOf(error);
      this.#changed();
      // A message that is not understood can be done without; a replica that missed a frame cannot.
      if (typeof data !== 'string') this.#connection.restart();
    }
  }

  #takeMessage(message: CoordinatorMessage): void {
    switch (message.type) {
      case 'welcome':
        this.#takeWelcome(message);
        return;
      case 'lease': {
        const era = this.#era;
        this.#leases.set(message.lease, false);
        this.#queue.add(() => this.#lease(message, era));
        return;
      }
      case 'accepted':
        this.#workplace?.encoder.feedback?.accept(message.lease);
        return;
      case 'revoke':
        // The answer may be on its way; else the lease is given back, wherever it is.
        if (!this.#leases.has(message.lease)) return;
        this.#leases.set(message.lease, true);
        this.#rendezvous.callOff();
        return;
      case 'evaluate': {
        const era = this.#era;
        const networks = this.#evaluated.of(message.version);
        this.#queue.add(() => this.#evaluate(message, networks, era));
        return;
      }
      case 'progress':
        this.#progress = message;
        this.#changed();
        return;
      case 'sheet':
        this.#listener.sheet({ iteration: message.iteration, url: message.url, points: message.points });
        return;
      case 'quarantined':
        this.#quarantine = message.reason;
        this.#callOff();
        this.#changed();
        return;
      case 'renamed':
        if (this.#welcome) this.#welcome = { ...this.#welcome, name: message.name };
        this.#changed();
        return;
      case 'fault':
        this.#faults.play(message.fault);
        if (message.fault?.kind === 'switch-off') this.#connection.stayAway(1000 * message.fault.seconds);
        this.#changed();
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
        if (this.#options.stays && this.#availability !== 'paused' && this.#quarantine === null) {
          this.#staying = true;
          this.#changed();
        } else {
          this.#finish('finished', null);
        }
        return;
      case 'refused':
        this.#refusal = { code: message.code, message: message.message };
        this.#detail = this.#refusal;
        this.#changed();
        return;
    }
  }

  #takeFrame(frame: Frame): void {
    const { kind, incarnation } = frame.header;
    const workplace = this.#workplace;
    if (workplace === null || incarnation !== this.#welcome?.incarnation) return;
    if (kind === 'ema' || kind === 'discriminator') {
      this.#evaluated.take(workplace.model, frame);
      return;
    }
    if (kind === 'merged') {
      this.#rendezvous.take(frame);
      return;
    }
    if (!workplace.replica.apply(frame)) {
      // Its lease, which follows, is given back, and the next one brings a snapshot.
      this.#tell({ type: 'need-snapshot', version: frame.header.version });
    }
    this.#changed();
  }

  #takeWelcome(welcome: WelcomeMessage): void {
    this.#connection.accepted();
    this.#detail = null;
    this.#refusal = null;
    this.#quarantine = null;
    this.#staying = false;
    this.#faults.play(null); // what is to be played follows the welcome
    this.#sleeper.told();
    this.#token = welcome.token;
    this.#listener.token(welcome.token);
    this.#welcome = welcome;
    this.#workplace?.replica.forget();
    this.#evaluated.forget();
    this.#workplace?.encoder.feedback?.forget();
    const era = this.#era;
    this.#queue.add(async () => {
      const { compute, millisecondsPerMicrobatch: each, tests, sheetsOnly } = await this.#prepare(welcome);
      this.#sleeper.look();
      if (era !== this.#era) return;
      if (compute === null) {
        this.#tell({ type: 'unable', tests: [...tests] });
        this.#finish('unable', gantryError('NO_BACKEND', tests.map((t) => t.backend).join(', ')));
        return;
      }
      if (this.#availability !== 'working') this.#tell({ type: 'availability', state: this.#availability });
      this.#tell({
        type: 'ready',
        backend: compute.backend,
        tests: [...tests],
        millisecondsPerMicrobatch: each * this.#duty.introduce(),
        ...(sheetsOnly && { sheetsOnly }),
      });
      this.#activity = 'waiting';
      this.#changed();
    });
  }

  /** The workplace of this configuration: the one there is, or a new one. */
  async #prepare(welcome: WelcomeMessage): Promise<Workplace> {
    if (this.#workplace?.key === workplaceKey(welcome)) return this.#workplace;
    this.#activity = 'testing';
    this.#changed();
    this.#workplace?.compute?.dispose();
    this.#workplace = null;
    const { backends, threads } = this.#options;
    const candidates = this.#platform.candidates.filter((name) => backends?.includes(name) ?? true);
    const place = await openWorkplace(welcome, this.#options.url, this.#platform, candidates, threads);
    this.#workplace = place;
    if (place.compute) void place.compute.lost.then(() => this.#backendLost(place));
    return place;
  }

  /** When what is computed on it is done; the next one is tested anew. */
  #leaveWorkplace(): void {
    const place = this.#workplace;
    this.#workplace = null;
    this.#queue.add(async () => place?.compute?.dispose());
  }

  /** What it was computing will never come. Comes back as the same worker, and tests this machine anew. */
  #backendLost(place: Workplace): void {
    if (this.#final || this.#workplace !== place) return;
    if (place.compute) discard(place.compute.backend);
    this.#workplace = null;
    this.#queue.abandon();
    this.#busy = false;
    this.#detail = gantryError('CONTEXT_LOST');
    this.#connection.restart();
  }

  // --- work ------------------------------------------------------------------------------------

  async #lease(message: LeaseMessage, era: number): Promise<void> {
    const place = this.#equipped(era);
    if (place && place.replica.version !== message.version) {
      this.#giveBack(message.lease, 'replica', `replica at version ${place.replica.version ?? 'none'}`, era);
      return;
    }
    const pauses = this.#pauses;
    const cancelled = (): boolean =>
      era !== this.#era || pauses !== this.#pauses || this.#leases.get(message.lease) === true;
    const { phase, step, blocks } = message;
    this.#task = { phase, step, blocks: blocks.length };
    const rest = async (): Promise<void> => {
      await this.#faults.thawed(cancelled);
      await this.#duty.rest(cancelled);
    };
    const resting = async (): Promise<boolean> => {
      await rest();
      return cancelled();
    };
    const done = await this.#answer(message.lease, era, 'computing', place, async (equipped, welcome) => {
      checkLease(message, welcome);
      const began = performance.now();
      const meet = this.#rendezvous.exchangeOf(message, welcome, equipped.model, cancelled);
      const exchange: Exchange = async (index, own) => {
        await rest();
        return meet(index, own).finally(() => this.#duty.begin()); // waiting for others is rest
      };
      const frame = await computeLease(equipped, welcome, message, resting, exchange, (of) =>
        this.#faults.spoil(of),
      );
      return frame && sealFrame(frame, Math.round(1000 * (performance.now() - began)));
    });
    if (done && message.next !== undefined) this.#drawAhead({ ...message.next, blocks: message.blocks }, era);
  }

  /** While there is nothing else to do: most likely the same blocks of the step that follows are to come. */
  #drawAhead(task: LeaseTask, era: number): void {
    this.#queue.add(async () => {
      const place = this.#equipped(era);
      this.#duty.begin();
      await place?.compute.prepare(task, place.source, () => this.#queue.empty && era === this.#era);
      this.#duty.end();
    });
  }

  async #evaluate(message: EvaluateMessage, networks: EvaluatedNetworks, era: number): Promise<void> {
    const place = networks.generator === null ? null : this.#equipped(era);
    await this.#answer(message.lease, era, 'sampling', place, async (equipped, welcome) => {
      checkEvaluate(message, welcome);
      const frame = await drawEvaluation(equipped, welcome, message, networks);
      await this.#faults.thawed(() => era !== this.#era);
      await this.#duty.rest(() => era !== this.#era);
      return era === this.#era ? frame : null;
    });
  }

  /** Does the work of a lease and sends its frame; where that cannot be done, gives the lease back and returns false. */
  async #answer(
    lease: number,
    era: number,
    activity: 'computing' | 'sampling',
    place: Equipped | null,
    work: (place: Equipped, welcome: WelcomeMessage) => Promise<Uint8Array<ArrayBuffer> | null>,
  ): Promise<boolean> {
    if (place === null || this.#welcome === null) {
      this.#giveBack(lease, 'replica', 'nothing to work with', era);
      return false;
    }
    this.#sleeper.look();
    this.#activity = activity;
    this.#busy = true;
    this.#changed();
    this.#duty.beginLease(this.#faults.slowness);
    try {
      const frame = await work(place, this.#welcome).finally(() => this.#sleeper.look());
      if (frame === null || era !== this.#era) {
        this.#giveBack(lease, 'paused', 'paused', era);
        return false;
      }
      this.#leases.delete(lease);
      this.#connection.send(frame);
      this.#duty.endLease();
      this.#detail = null; // what went wrong before is over
      this.#sleeper.awake();
      return true;
    } catch (error) {
      this.#detail = detailOf(error);
      this.#giveBack(lease, 'failed', errorText(error), era);
      return false;
    } finally {
      this.#busy = false;
      this.#busyUntil = performance.now();
      this.#changed();
    }
  }

  /** The workplace, if what is asked of it came over the present connection. */
  #equipped(era: number): Equipped | null {
    const place = this.#workplace;
    if (place === null || place.compute === null || era !== this.#era) return null;
    return { ...place, compute: place.compute };
  }

  /** Leases of a connection that is gone were taken back with it. */
  #giveBack(lease: number, cause: 'paused' | 'replica' | 'failed', reason: string, era: number): void {
    if (era !== this.#era) return;
    const revoked = this.#leases.get(lease) === true;
    this.#leases.delete(lease);
    const answer = { type: 'give-back', lease } as const;
    if (revoked) this.#tell({ ...answer, cause: 'revoked', reason: 'revoked' });
    else this.#tell({ ...answer, cause, reason: reason.slice(0, 300) });
  }

  // --- status ----------------------------------------------------------------------------------

  #changed(): void {
    this.#statusTimer ??= setTimeout(() => this.#emit(), statusDelay);
  }

  #emit(): void {
    if (this.#statusTimer) clearTimeout(this.#statusTimer);
    this.#statusTimer = null;
    const { bytes, silent } = this.#connection;
    const detail = this.#faults.detail ?? this.#detail;
    const slept = this.#sleeper.seconds;
    const said = detail && { code: detail.code, message: detail.message };
    const known = {
      state: this.#state(),
      detail: said,
      task: this.#task,
      slept,
      load: this.#duty.load,
      quarantined: this.#quarantine,
      fault: this.#faults.fault?.kind ?? null,
      bytes,
    };
    this.#listener.status(
      describeSession(known, silent && !this.#busy, this.#welcome, this.#workplace, this.#progress),
    );
  }

  #state(): SessionState {
    if (this.#final) return this.#final;
    if (this.#activity === 'connecting' || this.#activity === 'testing') return this.#activity;
    if (this.#quarantine !== null) return 'quarantined';
    if (this.#staying) return 'staying';
    if (this.#availability !== 'working') return this.#availability;
    if (this.#busy || performance.now() - this.#busyUntil < idleShown) return this.#activity;
    return 'waiting';
  }
}

function detailOf(thrown: unknown): Detail {
  const { code, message } =
    thrown instanceof GantryError ? thrown : gantryError('INTERNAL', errorText(thrown));
  return { code, message };
}
