/**
 * A simulated machine of a class: it joins the run over its links, computes at its pace, suffers its faults, and comes back. To
 * the run it is a worker like any other; what it sends is computed by the worker's own code.
 */
import {
  errorText,
  gantryError,
  GantryError,
  kindOf,
  readFrame,
  sealFrame,
  type CoordinatorMessage,
  type EvaluateMessage,
  type Frame,
  type LeaseMessage,
  type RunConfig,
  type WelcomeMessage,
} from '@gantry/shared';
import type { SimulatedWorker, Work } from '@gantry/worker/headless/simulated';
import type { Run } from '../../run/run.ts';
import type { WorkerLink } from '../../run/types.ts';
import type { Dice } from './dice.ts';
import {
  isFrameFault,
  isLeaseFault,
  type Fault,
  type FrameFault,
  type LeaseFault,
  type Script,
} from './faults.ts';
import type { Link } from './link.ts';
import { Misconduct } from './misconduct.ts';
import type { Reception } from './reception.ts';
import { timeToDo, workDone, type Spells } from './spells.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface MachineOptions {
  /** From 0. */
  readonly id: number;
  readonly name: string;
  /** Milliseconds a microbatch. */
  readonly pace: number;
  /** By how much of it a lease's time varies, either way; 0 to below 1. */
  readonly jitter: number;
  readonly spells: Spells;
  readonly up: Link;
  readonly down: Link;
  readonly script: Script;
  /** Milliseconds in which it tests itself when it comes first. */
  readonly testing: number;
}

/** What a machine has to do with the run, and with what it computes by. */
export type MachineRun = Pick<
  Run,
  'config' | 'state' | 'identify' | 'attach' | 'detach' | 'message' | 'frame' | 'refused'
>;
export type MachineWorker = Pick<SimulatedWorker, keyof SimulatedWorker>;

export interface Surroundings {
  readonly run: MachineRun;
  readonly clock: VirtualClock;
  readonly dice: Dice;
  readonly reception: Reception;
  /** Times the bytes of frames that hold parameters or gradients: those of a larger model, whose pace the machines have. */
  readonly bytesFactor: number;
  readonly open: (welcome: WelcomeMessage) => Promise<MachineWorker>;
}

/** Milliseconds after a connection was lost to the next try, which never fails. */
const backoff = 1000;
/** Milliseconds of work that whoever is not frozen has done at once. */
const instant = 1e-6;

interface Task {
  readonly lease: LeaseMessage;
  readonly work: Pick<Work, keyof Work>;
  readonly faults: readonly Fault[];
  /** Milliseconds of an undisturbed machine's for each part between exchanges. */
  readonly part: number;
  /** What the part under way goes on with. */
  merged: Frame | null;
  /** Of that part. */
  left: number;
  since: number;
  /** Milliseconds that it computed so far. */
  took: number;
  /** Calls off the part under way; null: it waits for others. */
  cancel: (() => void) | null;
}

/** Microbatches that a lease computes. */
function microbatchesOf(
  { blocks, round }: LeaseMessage,
  { global, microbatch, block }: RunConfig['batch'],
): number {
  if (round === undefined) return blocks.length * block;
  const steps = round.iterations * (round.lengths.discriminator + round.lengths.generator);
  return (blocks.length * steps * global) / microbatch;
}

export class Machine {
  readonly id: number;
  readonly #options: MachineOptions;
  readonly #around: Surroundings;
  readonly #misconduct: Misconduct;
  #token: string | undefined;
  #worker: MachineWorker | null = null;
  #link: WorkerLink | null = null;
  #number = 0;
  /** Counts connections: what was sent over an earlier one does not count. */
  #era = 0;
  #task: Task | null = null;
  #quarantined = false;
  /** It is to be there; else it left. */
  #wanted = false;
  /** It was killed for good: whatever its sessions say, it does not come back. */
  #gone = false;

  constructor(options: MachineOptions, around: Surroundings) {
    this.id = options.id;
    this.#options = options;
    this.#around = around;
    this.#misconduct = new Misconduct(around.dice, options.id);
    for (const { at, fault } of options.script.timed) around.clock.at(at, () => this.#suffer(fault));
  }

  get connected(): boolean {
    return this.#link !== null;
  }

  /** Joins the run, or comes back. */
  join(): void {
    if (this.#link !== null || this.#gone) return;
    this.#wanted = true;
    const { run } = this.#around;
    const link = this.#makeLink(this.#era);
    const identity = run.identify(this.#token, this.#options.name, 'headless');
    this.#token = identity.token;
    this.#number = identity.id;
    this.#link = link;
    run.attach(identity, link);
  }

  /** Says goodbye. */
  leave(): void {
    this.#wanted = false;
    this.#disconnect(true);
  }

  dispose(): void {
    this.#worker?.dispose();
    this.#worker = null;
  }

  // --- the connection ----------------------------------------------------------------------------

  #makeLink(era: number): WorkerLink {
    const { down } = this.#options;
    const deliver = (bytes: number, take: () => void | Promise<void>): void => {
      if (era === this.#era) down.send(bytes, () => (era === this.#era ? take() : undefined));
    };
    return {
      sendMessage: (message) => {
        // What pages show is no part of training, and comes at times of this machine's disk.
        if (message.type === 'progress' || message.type === 'sheet') return;
        // Its bytes are a few hundred; those of a welcome, with the configuration, a few thousand.
        deliver(JSON.stringify(message).length, () => this.#take(message));
      },
      sendFrame: (frame) => {
        deliver(this.#bytesOf(frame), () => this.#takeFrame(frame));
      },
      close: (reason) => {
        if (era !== this.#era) return;
        this.#disconnect(false);
        if (reason.entry.retry === true) this.#comeBack(backoff);
      },
    };
  }

  /** @param forGood - it said goodbye */
  #disconnect(forGood: boolean): void {
    const link = this.#link;
    if (link === null) return;
    this.#drop();
    this.#era += 1;
    this.#link = null;
    this.#options.up.reset();
    this.#options.down.reset();
    this.#worker?.forget();
    // In its own turn: the run may be handling what ended the connection.
    const { clock, run } = this.#around;
    const worker = this.#number;
    clock.after(0, () => run.detach(worker, link, forGood));
  }

  #comeBack(after: number): void {
    if (after === Infinity) this.#gone = true;
    else this.#around.clock.after(after, () => (this.#wanted ? this.join() : undefined));
  }

  #send(bytes: number, arrived: (run: MachineRun) => void): void {
    const era = this.#era;
    const link = this.#link;
    const { reception, run } = this.#around;
    this.#options.up.send(bytes, () => {
      reception.take(bytes, () => {
        if (era !== this.#era) return;
        try {
          arrived(run);
        } catch (error) {
          const known = error instanceof GantryError ? error : gantryError('INTERNAL', errorText(error));
          run.refused(this.#number, known);
          if (known.entry.close !== undefined) link?.close(known);
        }
      });
    });
  }

  #tell(message: Parameters<Run['message']>[1]): void {
    this.#send(JSON.stringify(message).length, (run) => run.message(this.#number, message));
  }

  #sendFrame(frame: Uint8Array<ArrayBuffer>): void {
    this.#send(this.#bytesOf(frame), (run) => run.frame(this.#number, readFrame(frame)));
  }

  #bytesOf(frame: Uint8Array<ArrayBuffer>): number {
    const kind = kindOf(frame);
    const exchanged = kind === 'merged' || kind === 'contribution' || kind === 'evaluation';
    return exchanged ? frame.length : frame.length * this.#around.bytesFactor;
  }

  // --- what it is sent ---------------------------------------------------------------------------

  async #welcome(message: WelcomeMessage): Promise<void> {
    const { clock, open } = this.#around;
    const era = this.#era;
    const testing = this.#worker === null ? this.#options.testing : 0;
    this.#worker ??= await open(message);
    this.#quarantined = false;
    clock.after(testing, () => (era === this.#era ? this.#ready() : undefined));
  }

  #ready(): void {
    const millisecondsPerMicrobatch = this.#options.pace;
    const tests = [{ backend: 'wasm', passed: true, milliseconds: 2 * millisecondsPerMicrobatch }] as const;
    this.#tell({ type: 'ready', backend: 'wasm', tests: [...tests], millisecondsPerMicrobatch });
  }

  async #take(message: CoordinatorMessage): Promise<void> {
    switch (message.type) {
      case 'welcome':
        await this.#welcome(message);
        return;
      case 'lease':
        this.#begin(message);
        return;
      case 'revoke':
        this.#revoke(message.lease);
        return;
      case 'accepted':
        this.#worker?.accepted(message.lease);
        return;
      case 'evaluate':
        this.#evaluate(message);
        return;
      case 'quarantined':
        this.#quarantined = true;
        this.#drop();
        return;
      case 'report': {
        const version = this.#worker?.version ?? null;
        const checksum = this.#worker?.checksum() ?? null;
        if (version !== null && checksum !== null) this.#tell({ type: 'replica', version, checksum });
        return;
      }
      case 'finished':
        this.leave();
        return;
      case 'progress':
      case 'sheet':
      case 'renamed':
      case 'fault':
      case 'refused':
    }
  }

  #takeFrame(bytes: Uint8Array<ArrayBuffer>): void {
    const frame = readFrame(bytes);
    if (frame.header.kind === 'merged') {
      const task = this.#task;
      if (task === null) return;
      task.merged = frame;
      task.left = task.part;
      this.#compute(task);
      return;
    }
    if (this.#worker?.takeFrame(frame) === false) {
      this.#tell({ type: 'need-snapshot', version: frame.header.version });
    }
  }

  // --- work --------------------------------------------------------------------------------------

  #begin(lease: LeaseMessage): void {
    const worker = this.#worker;
    if (worker === null || this.#quarantined) return;
    if (worker.version !== lease.version) {
      const reason = `replica at version ${worker.version ?? 'none'}`;
      this.#tell({ type: 'give-back', lease: lease.lease, cause: 'replica', reason });
      return;
    }
    const { clock, run, dice } = this.#around;
    const { script, jitter, pace } = this.#options;
    const faults = script.next(clock.now());
    const gradientFaults = faults.flatMap((fault) =>
      isLeaseFault(fault) || isFrameFault(fault) ? [] : [fault],
    );
    const work = worker.begin(lease, (gradients) => {
      for (const fault of gradientFaults) this.#misconduct.spoil(fault, gradients());
    });
    const { exchanges } = run.state.settings;
    const varied = 1 + jitter * (2 * dice.uniform('jitter', this.id) - 1);
    const whole = pace * varied * microbatchesOf(lease, run.config.batch);
    const parts = lease.round === undefined ? exchanges[lease.phase] + 1 : 1;
    const part = whole / parts;
    const task: Task = {
      lease,
      work,
      faults,
      part,
      merged: null,
      left: part,
      since: 0,
      took: 0,
      cancel: null,
    };
    this.#task = task;
    for (const fault of faults) {
      // Half-way: what was sent for it was in vain.
      if (isLeaseFault(fault))
        clock.after(whole / 2, () => (this.#task === task ? this.#suffer(fault) : undefined));
    }
    this.#compute(task);
  }

  /** The next part of a lease. What it comes to is computed when its time is over, and not at all if nobody wants it then. */
  #compute(task: Task): void {
    const { clock } = this.#around;
    task.since = clock.now();
    const takes = timeToDo(this.#options.spells, task.since, task.left);
    if (takes === null) return;
    task.cancel = clock.after(takes, async () => {
      task.cancel = null;
      task.took += clock.now() - task.since;
      task.left = 0; // it waits, or is done: no spell makes it compute this part again
      const made = await task.work.next(task.merged);
      if (made === null || this.#task !== task) return;
      if (!made.last) {
        this.#sendFrame(made.frame);
        return;
      }
      this.#task = null;
      this.#answer(sealFrame(made.frame, Math.round(1000 * task.took)), task.faults.filter(isFrameFault));
    });
  }

  #answer(frame: Uint8Array<ArrayBuffer>, faults: readonly FrameFault[]): void {
    const { clock } = this.#around;
    const era = this.#era;
    let sent = frame;
    let held = 0;
    for (const fault of faults) {
      if (fault.kind === 'drop') {
        this.#disconnect(false);
        this.#comeBack(backoff);
        return;
      }
      if (fault.kind === 'corrupt') {
        sent = sent.slice();
        sent[sent.length >> 1] ^= 1;
      }
      if (fault.kind === 'duplicate') this.#sendFrame(frame);
      if (fault.kind === 'delay') this.#options.up.hold(fault.lasts);
      if (fault.kind === 'reorder') held += fault.lasts;
    }
    const send = (): void => {
      if (era === this.#era) this.#sendFrame(sent);
    };
    if (held > 0) clock.after(held, send);
    else send();
  }

  #revoke(lease: number): void {
    if (this.#task?.lease.lease !== lease) return; // its answer is on the way
    this.#drop();
    const { clock } = this.#around;
    const era = this.#era;
    // Who is frozen says so when it is not any more.
    const thawed = timeToDo(this.#options.spells, clock.now(), instant);
    if (thawed === null) return;
    clock.after(thawed, () => {
      if (era === this.#era) this.#tell({ type: 'give-back', lease, cause: 'revoked', reason: 'revoked' });
    });
  }

  #drop(): void {
    this.#task?.cancel?.();
    this.#task?.work.callOff();
    this.#task = null;
  }

  #evaluate(message: EvaluateMessage): void {
    const { clock, run } = this.#around;
    const era = this.#era;
    const work = this.#options.pace * run.state.settings.sheetMicrobatches;
    const takes = timeToDo(this.#options.spells, clock.now(), work);
    if (takes === null) return;
    clock.after(takes, async () => {
      if (era !== this.#era) return;
      const frame = (await this.#worker?.draw(message)) ?? null;
      const { lease } = message;
      if (frame !== null) this.#sendFrame(frame);
      else this.#tell({ type: 'give-back', lease, cause: 'replica', reason: 'nothing to draw with' });
    });
  }

  // --- faults ------------------------------------------------------------------------------------

  #suffer(fault: LeaseFault): void {
    if (this.#link === null) return;
    const { clock } = this.#around;
    const now = clock.now();
    switch (fault.kind) {
      case 'kill':
        this.#disconnect(false);
        this.#comeBack(fault.lasts);
        return;
      case 'freeze':
      case 'slow': {
        const factor = fault.kind === 'slow' ? fault.factor : Infinity;
        this.#suspend();
        this.#options.spells.add({ from: now, to: now + fault.lasts, factor });
        if (this.#task?.cancel === null && this.#task.left > 0) this.#compute(this.#task);
      }
    }
  }

  /** The part under way was to go on without the spell that begins. */
  #suspend(): void {
    const task = this.#task;
    if (task === null || task.cancel === null) return;
    const now = this.#around.clock.now();
    task.cancel();
    task.cancel = null;
    task.took += now - task.since;
    task.left -= workDone(this.#options.spells, task.since, now);
  }
}
