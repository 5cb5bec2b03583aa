/**
 * A run: the thin shell around the pure core. It turns what workers send into events and the core's effects
 * into frames, files and happenings. Sockets, clocks and files come from outside; there is no scheduling here.
 */
import {
  balancedLengths,
  errorText,
  examplesPerBlock,
  examplesPerStep,
  gantryError,
  GantryError,
  limits,
  mergedFrame,
  nextPosition,
  recordPhases,
  type Frame,
  type PhaseName,
  type Round,
  type Position,
  type RunConfig,
  type WorkerMessage,
} from '@gantry/shared';
import { keyOf } from '../core/audited-records.ts';
import { readyWorkers } from '../core/can-work.ts';
import { isForgettable } from '../core/forget.ts';
import { coreSettings } from '../core/settings.ts';
import { absentWorker, freshStart, initialState, transition } from '../core/transition.ts';
import type { CoreEffect, CoreEvent, CoreState, Happening, Lease, Outcome } from '../core/types.ts';
import { Exchanges } from '../training/exchange.ts';
import { driftsOf, type BatchNormDrift } from '../training/batch-norm-drift.ts';
import { Opinions } from '../training/opinions.ts';
import { Trainer, type StepResult } from '../training/trainer.ts';
import { Archive } from './archive.ts';
import type { CheckpointRecord } from './checkpoint.ts';
import { Crew } from './crew.ts';
import type { ExpectedRecords } from './check.ts';
import { Inbox } from './inbox.ts';
import { progressMessage, sheetMessage, summaryOf, welcomeMessage } from './messages.ts';
import { Meter } from './meter.ts';
import { asideReason, noticeOf } from './notices.ts';
import { knownWorkers, Registry, type Identity, type LetIn } from './registry.ts';
import { Replicas } from './replicas.ts';
import type { Sheet } from './sheet.ts';
import { Sheets } from './sheets.ts';
import type { RunEnd, RunOptions, WorkerLink } from './types.ts';

export type StepListener = (position: CoreState['position'], result: StepResult) => void;

export class Run {
  readonly config: RunConfig;
  readonly options: RunOptions;
  readonly trainer: Trainer;
  readonly meter: Meter;
  /** Settles when the run has ended and its files are written. */
  readonly ended: Promise<RunEnd>;
  readonly #registry: Registry;
  readonly #replicas: Replicas;
  readonly #archive: Archive;
  /** Of phases whose network has batch norm, where it is looked at. */
  readonly #drift: Readonly<Partial<Record<PhaseName, BatchNormDrift>>>;
  readonly #crew: Crew;
  readonly #inbox: Inbox;
  readonly #exchanges: Exchanges;
  /** On audited records of the version. */
  readonly #opinions: Opinions;
  readonly #sheets: Sheets;
  readonly #queue: CoreEvent[] = [];
  /** What follows from a step but nobody waits for: it is done once the next leases are on their way. */
  #afterwards: (() => void)[] = [];
  readonly #stepListeners = new Set<StepListener>();
  #state: CoreState;
  #handling = false;
  #cancelWake: (() => void) | null = null;
  /** What was told of those who are at odds with nobody to decide. */
  readonly #undecided = new Set<string>();
  #outcome: Outcome | null = null;
  #settle!: (end: RunEnd) => void; // set by the executor of `ended`, which runs at once

  constructor(options: RunOptions) {
    const { config, model, checkpoint } = options;
    this.options = options;
    this.config = config;
    this.trainer = new Trainer(config, model);
    const now = (): number => options.clock.now();
    this.#exchanges = new Exchanges(config, model, now);
    const { layouts } = this.trainer;
    this.#opinions = new Opinions(layouts);
    this.#inbox = new Inbox(
      config,
      layouts,
      (phase, round) => this.#expectedRecords(phase, round),
      this.#exchanges.specs,
      now,
      (event) => this.#dispatch(event),
      (worker, error) => this.#refuse(worker, error),
    );
    const record = checkpoint?.record;
    if (checkpoint && record) this.trainer.restore(checkpoint.tensors, record.optimizerSteps);
    else if (options.source) this.trainer.adopt(options.source.tensors);
    this.#drift = driftsOf(config, this.trainer.layouts, this.trainer.replica);
    const size = options.data?.size ?? config.schedule.epochSize;
    const start = record ?? freshStart;
    const known = knownWorkers(record?.workers ?? [], options.letIn ?? []);
    this.#registry = new Registry(known);
    this.#state = initialState(
      coreSettings(config, model, size, options.secret),
      start,
      known.map(absentWorker),
      options.waitFor,
    );
    this.#replicas = new Replicas(this.trainer, config, options.incarnation, start.version);
    this.meter = new Meter(now, record);
    this.#crew = new Crew(this.#replicas, (bytes) => this.meter.down(bytes));
    this.#archive = new Archive(options.directory, config, options.notice, checkpoint?.path ?? null);
    this.#sheets = new Sheets(this.#archive, model.generator);
    this.#sheets.onSheet((sheet) => this.#crew.tellAll(() => sheetMessage(sheet)));
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
    this.#archive.open();
    const { version, position } = this.#state;
    this.#archive.log({
      type: checkpoint ? 'resumed' : 'started',
      incarnation,
      version,
      iteration: position.iteration,
    });
    this.#dispatch({ type: 'start', at: clock.now(), fresh: checkpoint === null });
  }

  // --- what the outside does -------------------------------------------------------------------

  /** Whether this token is one that this run, or an earlier incarnation of it, gave out. */
  knows(token: string): boolean {
    return this.#registry.knows(token);
  }

  /** @throws WORKERS_FULL where there is no room for another, and none can be forgotten */
  identify(token: string | undefined, name: string | undefined, kind: 'tab' | 'headless'): Identity {
    if (token === undefined || !this.knows(token)) this.#makeRoom();
    const identity = this.#registry.identify(token, name, kind);
    if (identity.token !== token) this.#archive.workers(() => this.#letIn());
    return identity;
  }

  /** For one more worker: whoever came and went without a trace is forgotten, the oldest first. */
  #makeRoom(): void {
    const room = limits.knownWorkers - 1;
    for (const identity of this.#registry.all()) {
      if (this.#registry.size <= room) return;
      if (!isForgettable(this.#state, identity.id)) continue;
      this.#registry.forget(identity);
      this.#dispatch({ type: 'forgotten', at: this.#now(), worker: identity.id });
    }
    if (this.#registry.size > room) throw gantryError('WORKERS_FULL', limits.knownWorkers);
  }

  /**
   * A worker has said hello. An earlier connection of the same worker gives way.
   *
   * @param slept - seconds that its machine slept, where it comes back from that
   */
  attach(identity: Identity, link: WorkerLink, slept?: number): void {
    this.#crew.join(identity.id, link);
    const { incarnation, data } = this.options;
    link.sendMessage(welcomeMessage(identity, incarnation, this.config, data));
    this.#dispatch({
      type: 'joined',
      at: this.#now(),
      worker: identity.id,
      name: identity.name,
      kind: identity.kind,
      slept,
    });
    if (this.latestSheet) link.sendMessage(sheetMessage(this.latestSheet));
    const reason = this.#state.workers.get(identity.id)?.quarantined ?? null;
    if (reason !== null) link.sendMessage({ type: 'quarantined', reason });
    if (this.#outcome === null) return;
    this.tellProgress();
    if (this.#outcome !== 'stopped') link.sendMessage({ type: 'finished' });
  }

  /** Its connection is gone. */
  detach(worker: number, link: WorkerLink, forGood: boolean): void {
    if (this.#crew.leave(worker, link)) this.#dispatch({ type: 'left', at: this.#now(), worker, forGood });
  }

  /** Logs that something a worker sent was refused. */
  refused(worker: number, { code, message }: GantryError): void {
    this.#archive.log({ type: 'refused', worker, code, message });
  }

  /**
   * @param message - any but hello and bye, which belong to the connection
   * @throws MESSAGE_UNEXPECTED
   */
  message(worker: number, message: Exclude<WorkerMessage, { type: 'hello' | 'bye' }>): void {
    const at = this.#now();
    switch (message.type) {
      case 'ready': {
        const { backend, millisecondsPerMicrobatch } = message;
        this.#dispatch({ type: 'ready', at, worker, backend, millisecondsPerMicrobatch });
        return;
      }
      case 'unable':
        this.#dispatch({ type: 'unable', at, worker });
        return;
      case 'availability':
        this.#dispatch({ type: 'availability', at, worker, state: message.state });
        return;
      case 'give-back': {
        const { lease, cause, reason } = message;
        this.#dispatch({ type: 'gave-back', at, worker, lease, cause, reason });
        return;
      }
      case 'need-snapshot':
        this.#crew.distrust(worker);
        if (this.#outcome !== null) this.#crew.bring(worker);
        this.#archive.log({ type: 'replica-diverged', worker, version: message.version });
        return;
      case 'replica':
        if (this.#outcome === null) throw gantryError('MESSAGE_UNEXPECTED', 'replica', 'nobody asked for it');
        this.#archive.log({ type: 'replica', worker, version: message.version, checksum: message.checksum });
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
    this.#inbox.take(worker, frame, this.#state.leases.get(header.lease));
  }

  /** Lets a quarantined worker work again, tested anew. @throws MESSAGE_INVALID, PARDON_NEEDLESS */
  pardon(worker: number): void {
    const known = this.#state.workers.get(worker);
    if (known === undefined) throw gantryError('MESSAGE_INVALID', `no worker is number ${worker}`);
    if (known.quarantined === null) throw gantryError('PARDON_NEEDLESS', worker);
    this.#dispatch({ type: 'pardoned', at: this.#now(), worker });
  }

  /** Finishes the step under way, writes a checkpoint and ends. */
  stop(): void {
    this.#dispatch({ type: 'stop', at: this.#now() });
  }

  /** Tells every worker where the run stands. Workers also take it as a sign of life. */
  tellProgress(): void {
    const { status, workersReady } = this;
    this.#crew.tellAll((worker) => progressMessage(this.#state, worker, status, workersReady));
  }

  onSheet(listener: (sheet: Sheet) => void): () => void {
    return this.#sheets.onSheet(listener);
  }

  /** @param listener - told after each step */
  onStep(listener: StepListener): () => void {
    this.#stepListeners.add(listener);
    return () => this.#stepListeners.delete(listener);
  }

  // --- what the outside sees -------------------------------------------------------------------

  get state(): CoreState {
    return this.#state;
  }
  /** How it ended; null while it goes on. */
  get outcome(): Outcome | null {
    return this.#outcome;
  }
  get latestSheet(): Sheet | null {
    return this.#sheets.latest;
  }
  get examplesPerSecond(): number {
    return this.meter.stepsPerSecond * examplesPerStep(this.config);
  }
  /** Steps of each phase in this iteration. */
  get phaseLengths(): Readonly<Record<PhaseName, number>> {
    const { settings, balance } = this.#state;
    return balancedLengths(settings.lengths, balance);
  }
  /** Seconds to the end at the present pace; null while unknown. */
  get secondsLeft(): number | null {
    const { discriminator, generator } = this.phaseLengths;
    const steps =
      (this.config.schedule.iterations - this.#state.position.iteration) * (discriminator + generator);
    const pace = this.meter.stepsPerSecond;
    return pace > 0 ? steps / pace : null;
  }
  /** `waiting`: nobody is there who could work, or not yet as many as the run is to begin with. */
  get status(): 'running' | 'waiting' | 'finished' {
    if (this.#state.status === 'ended') return 'finished';
    return this.workersReady > 0 && this.#state.waitFor === 0 ? 'running' : 'waiting';
  }
  /** Workers that can have a lease, or are at one and in time. */
  get workersReady(): number {
    return readyWorkers(this.#state);
  }

  // --- the core --------------------------------------------------------------------------------

  /** Tells a worker, and the log, that something it sent was refused. An error with a close code ends its connection. */
  #refuse(worker: number, error: GantryError): void {
    this.refused(worker, error);
    const { code, message } = error;
    if (error.entry.close === undefined) this.#crew.tell(worker, { type: 'refused', code, message });
    else this.#crew.dismiss(worker, error);
  }

  #now(): number {
    return this.options.clock.now();
  }

  /** Handling an effect can bring the next event: they are taken one after the other. */
  #dispatch(event: CoreEvent): void {
    this.#queue.push(event);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.#handle(next);
      }
    } catch (error) {
      // What was to follow did not: the state tells of what has not happened. Nothing of it may be written.
      this.#queue.length = 0;
      this.options.notice(
        `${gantryError('INTERNAL', errorText(error)).message} The run ends; --resume goes on from its last checkpoint.`,
      );
      this.#archive.log({ type: 'failed', reason: errorText(error) });
      if (this.#outcome === null) this.#end('stopped');
    } finally {
      this.#handling = false;
    }
  }

  /**
   * Called from within only for what a step was measured at: a checkpoint that follows in the same turn must hold
   * it.
   */
  #handle(event: CoreEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    // Not only with the next checkpoint: a crash before it would let them off.
    if (effects.some(changesTrust)) this.#archive.workers(() => this.#letIn());
    for (const effect of effects) {
      if (this.#perform(effect)) continue;
      // The step cannot be applied: nothing that was to follow from it may happen.
      this.#queue.unshift(this.#divergence(effect));
      break;
    }
    this.#catchUp();
  }

  #catchUp(): void {
    const work = this.#afterwards;
    if (work.length === 0) return;
    this.#afterwards = [];
    for (const each of work) each();
  }

  /** @returns false where a step's sums are not finite */
  #perform(effect: CoreEffect): boolean {
    switch (effect.type) {
      case 'lease':
        this.#lease(effect);
        return true;
      case 'accept': {
        for (const part of effect.parts) {
          for (const { phase, record } of this.#inbox.parts[part]) {
            this.trainer.add(phase, record);
            this.#drift[phase]?.add(effect.worker, record);
          }
        }
        // Errors are fed back once it is known that the update counted.
        if (this.config.codec.up === 'topk') {
          this.#crew.tell(effect.worker, { type: 'accepted', lease: effect.lease });
        }
        return true;
      }
      case 'compare':
        this.#compare(effect);
        return true;
      case 'take':
        this.#take(effect.lease);
        return true;
      case 'merge':
        this.#merge(effect);
        return true;
      case 'revoke':
        this.#crew.tell(effect.worker, { type: 'revoke', lease: effect.lease });
        return true;
      case 'restart':
        for (const phase of recordPhases(effect.phase, this.config)) {
          this.trainer.forget(phase);
          this.#drift[phase]?.forget();
        }
        this.#exchanges.restart();
        this.#opinions.forget(this.#state.version);
        return true;
      case 'apply':
        return this.#apply(effect);
      case 'capture':
        this.#catchUp();
        this.#sheets.capture(effect.iteration, this.trainer.evaluationState());
        return true;
      case 'accept-evaluation':
        this.#sheets.accept(this.#inbox.evaluation, effect.iteration);
        return true;
      case 'checkpoint':
        this.#catchUp();
        this.#archive.checkpoint(
          this.#checkpointRecord(),
          () => this.trainer.tensors(),
          this.#state.status !== 'running',
        );
        return true;
      case 'wake':
        this.#cancelWake?.();
        this.#cancelWake =
          effect.at === null
            ? null
            : this.options.clock.at(effect.at, () => this.#dispatch({ type: 'tick', at: this.#now() }));
        return true;
      case 'refuse':
        this.#refuse(effect.worker, new GantryError(effect.code, effect.message));
        return true;
      case 'happening':
        this.#archive.log(effect.happening);
        this.#announce(effect.happening);
        return true;
      case 'end':
        this.#catchUp();
        this.#end(effect.outcome);
        return true;
    }
  }

  #divergence(effect: CoreEffect): CoreEvent {
    const { position, version } = effect.type === 'apply' ? effect : this.#state;
    return { type: 'diverged', at: this.#now(), position, version };
  }

  /** Tells people what they should know, once, and workers what has become of them. */
  #announce(happening: Happening): void {
    const notice = noticeOf(happening, (id) => this.#state.workers.get(id)?.name ?? `worker ${id}`);
    // Those who are at odds with nobody to decide are so at each audit.
    const repeats = happening.type === 'audit-undecided';
    if (notice !== null && !(repeats && this.#undecided.has(notice))) this.options.notice(notice);
    if (notice !== null && repeats) this.#undecided.add(notice);
    if (happening.type === 'worker-quarantined') {
      this.#crew.tell(happening.worker, { type: 'quarantined', reason: happening.reason });
    }
    if (happening.type === 'worker-pardoned') {
      this.#crew.dismiss(happening.worker, gantryError('PUT_ASIDE', 'It was pardoned.'));
    }
    const aside = asideReason(happening);
    if (aside !== null && 'worker' in happening) {
      this.#crew.dismiss(happening.worker, gantryError('PUT_ASIDE', aside));
    }
  }

  #lease({ lease, position }: Extract<CoreEffect, { type: 'lease' }>): void {
    this.meter.start();
    const { worker, id, version, task, round } = lease;
    if (task.kind === 'step') {
      // An auditor holds the earlier version still.
      if (version === this.#state.version) this.#crew.bring(worker);
      this.#crew.tell(worker, {
        type: 'lease',
        lease: id,
        version,
        ...stepOf(position),
        blocks: [...task.blocks],
        ...(round ? { round } : { next: stepOf(nextPosition(position, this.phaseLengths)) }),
      });
      return;
    }
    const { iteration } = task;
    const { incarnation } = this.options;
    const frame = this.#sheets.frame(iteration, { incarnation, version, lease: id });
    if (frame === null) {
      // The worker must not wait for what it is never sent.
      const reason = `nothing was kept for the sheet of iteration ${iteration}`;
      this.#dispatch({ type: 'gave-back', at: this.#now(), worker, lease: id, cause: 'failed', reason });
      return;
    }
    this.#crew.sendFrame(worker, frame);
    const { samples } = this.config.evaluation;
    this.#crew.tell(worker, { type: 'evaluate', lease: id, version, iteration, samples });
  }

  #compare({ worker, version, part, firstBlock, blocks }: Extract<CoreEffect, { type: 'compare' }>): void {
    const of = { worker, version, firstBlock, blocks };
    const backend = this.#state.workers.get(worker)?.backend ?? null;
    const found = this.#opinions.add(worker, backend, version, keyOf(of), this.#inbox.parts[part]);
    const compared = found.agrees.length + found.differs.length > 0;
    // An audit takes two. A trial, of the present version, may take more.
    if (compared && version < this.#state.version) this.#opinions.drop(version, keyOf(of));
    this.#dispatch({ type: 'compared', at: this.#now(), ...of, ...found });
  }

  #take({ task }: Lease): void {
    const { contribution } = this.#inbox;
    if (task.kind !== 'step' || contribution === null) return;
    this.#exchanges.add(task.blocks, contribution.values, contribution.bytes);
  }

  /** One frame for everybody. */
  #merge({ phase, version, exchange, workers }: Extract<CoreEffect, { type: 'merge' }>): void {
    const { incarnation } = this.options;
    const merged = this.#exchanges.merge(phase, exchange);
    const frame = mergedFrame(merged, { incarnation, version, phase, exchange });
    for (const worker of workers) {
      this.#crew.sendFrame(worker, frame);
      this.#exchanges.sent(frame.length);
    }
  }

  /** What records of a lease hold. @param round - that it is of */
  #expectedRecords(phase: PhaseName, round: Round | null): Omit<ExpectedRecords, 'layouts'> {
    const { config } = this;
    const { blocks: units, wholeLeases: whole } = this.#state.settings;
    if (round === null) return { examples: [examplesPerBlock(config.batch)], units, whole };
    const examples = recordPhases(phase, config).map(
      (each) => round.iterations * round.lengths[each] * config.batch.global,
    );
    return { examples, units, whole };
  }

  #apply({ position, version, round }: Extract<CoreEffect, { type: 'apply' }>): boolean {
    const { iteration } = position;
    this.#opinions.advance(version);
    const results = this.trainer.apply(position, round);
    if (results === null) return false;
    const closed = this.#state.position.iteration > iteration ? this.#state.position.iteration : null;
    results.forEach((result, i) => {
      const { phase, metrics, gradientNorms, saturation } = result;
      this.#replicas.advance(phase, version + 1);
      // Both results of a round come at once: its steps are counted with the last.
      const last = i === results.length - 1;
      this.meter.step(phase, metrics.loss, last ? stepsOf(round) : 0, last ? closed : null);
      const cost = this.#exchanges.finish(phase);
      this.#afterwards.push(() => {
        const looked = saturation === null ? {} : { saturation };
        const place = { version, iteration, phase, step: position.steps[phase] };
        const ofRound = round && { iterations: round.iterations };
        this.#archive.log({
          type: 'step',
          ...place,
          ...ofRound,
          ...metrics,
          gradientNorms,
          ...looked,
          ...cost,
        });
        const drift = this.#drift[phase];
        drift?.step();
        if (drift && this.trainer.looks(position)) {
          this.#archive.log({ type: 'batch-norm-drift', ...place, workers: drift.look() });
        }
      });
      if (phase === 'discriminator' && this.config.schedule.adaptive.enabled) {
        const accuracy = (metrics.realAccuracy + metrics.fakeAccuracy) / 2;
        this.#handle({ type: 'measured', at: this.#now(), accuracy });
      }
      for (const listener of this.#stepListeners) listener(position, result);
    });
    return true;
  }

  #checkpointRecord(): CheckpointRecord {
    const { version, position, counters, workers } = this.#state;
    return {
      format: 1,
      version,
      position,
      balance: this.#state.balance,
      optimizerSteps: this.trainer.counts(),
      counters,
      seconds: this.meter.seconds,
      bytes: this.meter.bytes,
      losses: this.meter.losses,
      workers: this.#letIn().map((known) => ({
        ...known,
        microbatches: workers.get(known.id)?.microbatches ?? 0,
      })),
    };
  }

  #letIn(): LetIn[] {
    return [...this.#registry.all()].map((identity) => {
      const { quarantined = null, rejections = 0 } = this.#state.workers.get(identity.id) ?? {};
      return { ...identity, quarantined, rejections };
    });
  }

  #end(outcome: Outcome): void {
    this.#outcome = outcome;
    this.meter.stop();
    this.#cancelWake?.();
    // The last version goes to everybody, so that every tab holds the result.
    this.#crew.bringAll();
    this.#crew.tellAll(() => ({ type: 'report' }));
    void this.#close(outcome);
  }

  async #close(outcome: Outcome): Promise<void> {
    await this.#archive.settled(); // the last sheet brings the score
    // Only now, since a tab that is told leaves: it shall show all iterations done, and the last sheet.
    this.tellProgress();
    if (outcome !== 'stopped') this.#crew.tellAll(() => ({ type: 'finished' }));
    const summary = summaryOf(this);
    await this.#archive.close(summary, outcome);
    const { lastCheckpoint: checkpoint, unsaved } = this.#archive;
    this.#settle({ outcome, checkpoint, unsaved, summary });
  }
}

/** Whether it tells of more or less trust in a worker. */
const changesTrust = (effect: CoreEffect): boolean =>
  effect.type === 'happening' &&
  ['lease-rejected', 'worker-quarantined', 'worker-pardoned'].includes(effect.happening.type);

/** A step as workers know it: by its number among those of its phase. */
const stepOf = ({ phase, steps }: Position): { phase: PhaseName; step: number } => ({
  phase,
  step: steps[phase],
});

/** Optimizer steps from one version to the next. */
const stepsOf = (round: Round | null): number =>
  round === null ? 1 : round.iterations * (round.lengths.discriminator + round.lengths.generator);
