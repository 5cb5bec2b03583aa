/**
 * A run: the thin shell around the pure core. It turns what workers send into events (`message`, `frame`), and has the
 * core's effects done (`performer`). Sockets, clocks and files come from outside; there is no scheduling here.
 */
import {
  errorText,
  examplesPerStep,
  gantryError,
  type Control,
  type Frame,
  type GantryError,
  type PhaseName,
  type Picture,
  type PresenterAction,
  type RunStatus,
  type RunConfig,
  type WorkerMessage,
} from '@gantry/shared';
import { openSteps } from '../core/ahead.ts';
import { readyWorkers } from '../core/can-work.ts';
import { whatForbids } from '../core/controlled.ts';
import { lengthsNow } from '../core/controls.ts';
import { coreSettings } from '../core/settings.ts';
import { absentWorker, freshStart, initialState } from '../core/transition.ts';
import type { CoreEffect, CoreState, Outcome } from '../core/types.ts';
import type { Trainer } from '../training/trainer.ts';
import { actsType, afterAct, noActs, type Acts } from './acts.ts';
import type { CheckpointRecord } from './checkpoint.ts';
import { CoreLoop } from './core-loop.ts';
import { Drawing } from './drawing.ts';
import type { RunHistory } from './history.ts';
import { Faults } from './faults.ts';
import { Membership } from './membership.ts';
import { progressMessage, sheetMessage, summaryOf } from './messages.ts';
import type { Meter } from './meter.ts';
import { createParts, type Parts } from './parts.ts';
import { Performer } from './performer.ts';
import type { DrawnPicture } from './pictures.ts';
import { ranksOf } from './ranks.ts';
import { knownWorkers, Registry, type Identity } from './registry.ts';
import type { Sheet } from './sheet.ts';
import { speedUp } from './speed-up.ts';
import { Stepper, type StepListener } from './stepper.ts';
import { Timeline } from './timeline.ts';
import type { RunEnd, RunOptions, WorkerLink } from './types.ts';

export class Run {
  readonly options: RunOptions;
  readonly timeline: Timeline;
  /** Settles when the run has ended and its files are written. */
  readonly ended: Promise<RunEnd>;
  readonly #parts: Parts;
  readonly #loop: CoreLoop;
  readonly #members: Membership;
  readonly #faults: Faults;
  readonly #stepper: Stepper;
  readonly #drawing: Drawing;
  readonly #performer: Performer;
  #acts: Acts;
  #outcome: Outcome | null = null;
  #settle!: (end: RunEnd) => void; // set by the executor of `ended`, which runs at once

  constructor(options: RunOptions) {
    const { config, model, checkpoint, data } = options;
    this.options = options;
    const start = checkpoint?.record ?? freshStart;
    const all = knownWorkers(checkpoint?.record.workers ?? [], options.letIn ?? []);
    const known = all.filter(({ removed }) => !removed);
    const settings = coreSettings(
      config,
      model,
      data?.size ?? config.schedule.epochSize,
      options.secret,
      options.evenShares,
    );
    this.#acts = options.acts ?? { ...noActs, live: checkpoint?.record.live ?? noActs.live };
    const { live, locked } = this.#acts;
    const workers = known.map(absentWorker);
    const state = initialState(settings, { ...start, live }, workers, options.waitFor, options.lobby);
    this.#parts = createParts(options, start.version, live);
    this.timeline = new Timeline(settings.traffic);
    this.#loop = new CoreLoop(state, {
      decided: (effects) => {
        // Not only with the next checkpoint: a crash before it would let them off.
        if (effects.some(changesTrust)) this.#members.write();
      },
      perform: (effect) => this.#performer.perform(effect),
      failed: (error) => this.#fail(error),
      performed: (event, effects) => this.timeline.see(event, effects),
    });
    this.#members = new Membership(this.#parts, this.#loop, new Registry(all), locked);
    this.#faults = new Faults(this.#parts.crew, () => this.#now());
    this.#stepper = new Stepper(this.#parts, this.#loop);
    this.#drawing = new Drawing(this.#parts, this.#loop);
    this.#performer = new Performer(this.#parts, this.#loop, this.#members, this.#stepper, this.#drawing, {
      phaseLengths: () => this.phaseLengths,
      checkpoint: () => this.#checkpoint(),
      end: (outcome) => this.#end(outcome),
    });
    this.onSheet((sheet) => this.#parts.crew.tellAll(() => sheetMessage(sheet)));
    this.ended = new Promise((settle) => {
      this.#settle = settle;
    });
  }

  /**
   * Opens the log and begins to train. Until then nothing is written: the run can be made, and its server
   * found to have no port, without a trace.
   */
  begin(): void {
    const { checkpoint, clock, incarnation } = this.options;
    const { archive } = this.#parts;
    archive.open();
    const { version, position } = this.state;
    archive.log({
      type: checkpoint ? 'resumed' : 'started',
      incarnation,
      version,
      iteration: position.iteration,
    });
    this.#loop.dispatch({ type: 'start', at: clock.now(), fresh: checkpoint === null });
  }

  // --- what the outside does -------------------------------------------------------------------

  /** Whether this token is one that this run, or an earlier incarnation of it, gave out. */
  knows(token: string): boolean {
    return this.#members.knows(token);
  }

  /** @throws WORKERS_FULL where there is no room for another, and none can be forgotten */
  identify(token: string | undefined, name: string | undefined, kind: 'tab' | 'headless'): Identity {
    return this.#members.identify(token, name, kind);
  }

  /**
   * A worker has said hello. An earlier connection of the same worker gives way.
   *
   * @param slept - seconds that its machine slept, where it comes back from that
   */
  attach(identity: Identity, link: WorkerLink, slept?: number): void {
    this.#members.attach(identity, link, slept);
    this.#faults.attach(identity.id);
    if (this.#outcome === null) return;
    this.tellProgress();
    if (this.#outcome !== 'stopped') link.sendMessage({ type: 'finished' });
  }

  /** Its connection is gone. */
  detach(worker: number, link: WorkerLink, forGood: boolean): void {
    this.#members.detach(worker, link, forGood);
  }

  /** Logs that something a worker sent was refused. */
  refused(worker: number, error: GantryError): void {
    this.#members.refused(worker, error);
  }

  /**
   * @param message - any but hello and bye, which belong to the connection
   * @throws MESSAGE_UNEXPECTED
   */
  message(worker: number, message: Exclude<WorkerMessage, { type: 'hello' | 'bye' }>): void {
    const at = this.#now();
    const { crew, archive } = this.#parts;
    switch (message.type) {
      case 'ready': {
        const { backend, millisecondsPerMicrobatch, sheetsOnly } = message;
        this.#loop.dispatch({ type: 'ready', at, worker, backend, millisecondsPerMicrobatch, sheetsOnly });
        return;
      }
      case 'unable':
        this.#loop.dispatch({ type: 'unable', at, worker });
        return;
      case 'availability':
        this.#loop.dispatch({ type: 'availability', at, worker, state: message.state });
        return;
      case 'give-back': {
        const { lease, cause, reason } = message;
        if (cause === 'replica') crew.forgetEvaluated(worker);
        this.#loop.dispatch({ type: 'gave-back', at, worker, lease, cause, reason });
        return;
      }
      case 'need-snapshot':
        crew.distrust(worker);
        if (this.#outcome !== null) crew.bring(worker);
        archive.log({ type: 'replica-diverged', worker, version: message.version });
        return;
      case 'rename':
        this.#members.callItself(worker, message.name);
        return;
      case 'replica':
        if (this.#outcome === null) throw gantryError('MESSAGE_UNEXPECTED', 'replica', 'nobody asked for it');
        archive.log({ type: 'replica', worker, version: message.version, checksum: message.checksum });
        return;
    }
  }

  /** A frame from a worker. @throws FRAME_INVALID, UPDATE_INVALID, for the connection to answer */
  frame(worker: number, frame: Frame): void {
    const { header, payload } = frame;
    this.meter.up(payload.length);
    const { incarnation } = this.options;
    if (header.incarnation !== incarnation) {
      const reason = `it is for incarnation ${header.incarnation} of the coordinator, which is now ${incarnation}`;
      throw gantryError('UPDATE_INVALID', header.lease, reason);
    }
    this.#performer.inbox.take(worker, frame, this.state.leases.get(header.lease));
  }

  /** Who is in the run, for whoever lets them in and for the presenter. */
  get members(): Membership {
    return this.#members;
  }

  /** What workers play to show what happens. */
  get faults(): Faults {
    return this.#faults;
  }

  /** Logs what the presenter did. */
  presenterActed(action: PresenterAction): void {
    this.#acts = afterAct(this.#acts, action);
    const { type, ...rest } = action;
    const { version, position } = this.state;
    const place = { version, iteration: position.iteration };
    this.#parts.archive.log({ type: actsType, action: type, ...rest, ...place });
  }

  /** @throws CONTROL_IMPOSSIBLE */
  control(wanted: Control): void {
    const forbidden = whatForbids(this.state, wanted);
    if (forbidden !== null) throw forbidden;
    this.#loop.dispatch({ type: 'controlled', at: this.#now(), control: wanted });
  }

  /**
   * Asks for a picture of the generator that the latest sample sheet shows. A newer one overtakes those that wait.
   *
   * @param ask - as whoever waits for it calls it
   * @throws MESSAGE_INVALID
   */
  draw(ask: number, picture: Picture): void {
    this.#drawing.ask(ask, picture);
  }

  /** Finishes the step under way, writes a checkpoint and ends. */
  stop(): void {
    this.#loop.dispatch({ type: 'stop', at: this.#now() });
  }

  /** Resolves when checkpoints and sheets that were asked for so far are written, or could not be. */
  written(): Promise<void> {
    return this.#parts.archive.settled();
  }

  /** Tells every worker where the run stands. Workers also take it as a sign of life. */
  tellProgress(): void {
    const { status, workersReady } = this;
    const ranks = ranksOf(this.state.workers.values());
    this.#parts.crew.tellAll((worker) => progressMessage(this.state, worker, status, workersReady, ranks));
  }

  onSheet(listener: (sheet: Sheet) => void): () => void {
    return this.#parts.sheets.onSheet(listener);
  }

  /** @param listener - told of each picture that was asked for, but of those that a newer one has overtaken */
  onPicture(listener: (drawn: DrawnPicture) => void): () => void {
    return this.#parts.pictures.onPicture(listener);
  }

  /** @param listener - told after each step */
  onStep(listener: StepListener): () => void {
    return this.#stepper.onStep(listener);
  }

  // --- what the outside sees -------------------------------------------------------------------

  get config(): RunConfig {
    return this.options.config;
  }
  get trainer(): Trainer {
    return this.#parts.trainer;
  }
  get meter(): Meter {
    return this.#parts.meter;
  }
  get history(): RunHistory {
    return this.#parts.history;
  }
  get state(): CoreState {
    return this.#loop.state;
  }
  /** Whether the presenter has made of it what its configuration does not say. */
  get altered(): boolean {
    return this.#acts.altered;
  }
  /** How it ended; null while it goes on. */
  get outcome(): Outcome | null {
    return this.#outcome;
  }
  get latestSheet(): Sheet | null {
    return this.#parts.sheets.latest;
  }
  /** Of all sample sheets of the run, ascending. */
  get sheetIterations(): readonly number[] {
    return this.#parts.sheets.iterations;
  }
  get examplesPerSecond(): number {
    return this.meter.stepsPerSecond * examplesPerStep(this.config);
  }
  /** How many times as fast as its fastest worker alone; null while unknown. */
  get speedUp(): number | null {
    return speedUp(this.examplesPerSecond, this.config.batch.microbatch, this.state.workers.values());
  }
  /** Steps of each phase in this iteration. */
  get phaseLengths(): Readonly<Record<PhaseName, number>> {
    return lengthsNow(this.state);
  }
  /** Seconds to the end at the present pace; null while unknown. */
  get secondsLeft(): number | null {
    const { discriminator, generator } = this.phaseLengths;
    const steps =
      (this.config.schedule.iterations - this.state.position.iteration) * (discriminator + generator);
    const pace = this.meter.stepsPerSecond;
    return pace > 0 ? steps / pace : null;
  }
  /**
   * `lobby`: the presenter has not started it; `paused`: by the presenter; `waiting`: nobody is there who could work, or
   * not yet as many as the run is to begin with.
   */
  get status(): RunStatus {
    if (this.state.status === 'ended') return 'finished';
    const { going } = this.state.controls;
    if (going === 'lobby' || (going === 'paused' && this.state.status === 'running')) return going;
    return this.workersReady > 0 && this.state.waitFor === 0 ? 'running' : 'waiting';
  }
  /** Workers that can have a lease, or are at one and in time. */
  get workersReady(): number {
    return readyWorkers(this.state);
  }

  // --- what the core's effects leave to the run as a whole ----------------------------------------

  #checkpoint(): void {
    this.#parts.archive.checkpoint(
      this.#checkpointRecord(),
      () => this.trainer.tensors(),
      this.state.status !== 'running',
    );
  }

  #end(outcome: Outcome): void {
    const { crew, meter } = this.#parts;
    this.#outcome = outcome;
    meter.stop();
    this.#performer.close();
    // The last version goes to everybody, so that every tab holds the result.
    crew.bringAll();
    crew.tellAll(() => ({ type: 'report' }));
    void this.#close(outcome);
  }

  /** Nothing of the state may be written: it tells of what has not happened. */
  #fail(error: unknown): void {
    const { message } = gantryError('INTERNAL', errorText(error));
    this.options.notice(`${message} The run ends; --resume goes on from its last checkpoint.`);
    this.#parts.archive.log({ type: 'failed', reason: errorText(error) });
    if (this.#outcome === null) this.#end('stopped');
  }

  async #close(outcome: Outcome): Promise<void> {
    const { archive, crew } = this.#parts;
    await archive.settled(); // the last sheet brings the score
    // Only now, since a tab that is told leaves: it shall show all iterations done, and the last sheet.
    this.tellProgress();
    if (outcome !== 'stopped') crew.tellAll(() => ({ type: 'finished' }));
    const summary = summaryOf(this);
    await archive.close(summary, outcome);
    const { lastCheckpoint: checkpoint, unsaved } = archive;
    this.#settle({ outcome, checkpoint, unsaved, summary });
  }

  #checkpointRecord(): CheckpointRecord {
    const { version, position, balance, controls, counters, workers } = this.state;
    const { only, lengths, learningRates } = controls;
    const ahead = openSteps(this.state);
    const { seconds, bytes, losses } = this.meter;
    return {
      format: 1,
      version,
      position,
      ...(ahead && { ahead }),
      balance,
      live: { only, lengths, learningRates },
      optimizerSteps: this.trainer.counts(),
      counters,
      seconds,
      bytes,
      losses,
      workers: this.#members.letIn().map((known) => ({
        ...known,
        microbatches: workers.get(known.id)?.microbatches ?? 0,
      })),
    };
  }

  #now(): number {
    return this.options.clock.now();
  }
}

/** Whether it tells of more or less trust in a worker. */
const changesTrust = (effect: CoreEffect): boolean =>
  effect.type === 'happening' &&
  ['lease-rejected', 'worker-quarantined', 'worker-pardoned'].includes(effect.happening.type);
