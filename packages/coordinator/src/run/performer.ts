/** Does what the core wants done with bytes, frames and files. */
import {
  examplesPerBlock,
  GantryError,
  mergedFrame,
  nextPosition,
  recordPhases,
  type PhaseName,
  type Position,
  type Round,
} from '@gantry/shared';
import { keyOf } from '../core/audited-records.ts';
import type { CoreEffect, CoreEvent, Lease } from '../core/types.ts';
import type { ExpectedRecords } from './check.ts';
import type { CoreLoop } from './core-loop.ts';
import type { Drawing } from './drawing.ts';
import { Inbox } from './inbox.ts';
import type { Membership } from './membership.ts';
import type { Parts } from './parts.ts';
import type { Stepper } from './stepper.ts';

type Effect<T extends CoreEffect['type']> = Extract<CoreEffect, { type: T }>;

/** What the performer leaves to the run as a whole. */
export interface Whole {
  /** Steps of each phase in this iteration. */
  phaseLengths(): Readonly<Record<PhaseName, number>>;
  checkpoint(): void;
  end(outcome: Effect<'end'>['outcome']): void;
}

export class Performer {
  readonly inbox: Inbox;
  readonly #parts: Parts;
  readonly #loop: CoreLoop;
  readonly #members: Membership;
  readonly #stepper: Stepper;
  readonly #drawing: Drawing;
  readonly #run: Whole;
  #cancelWake: (() => void) | null = null;

  constructor(
    parts: Parts,
    loop: CoreLoop,
    members: Membership,
    stepper: Stepper,
    drawing: Drawing,
    run: Whole,
  ) {
    const { trainer, exchanges, options } = parts;
    this.#parts = parts;
    this.#loop = loop;
    this.#members = members;
    this.#stepper = stepper;
    this.#drawing = drawing;
    this.#run = run;
    this.inbox = new Inbox(
      options.config,
      trainer.layouts,
      (phase, round) => this.#expectedRecords(phase, round),
      exchanges.specs,
      (picture) => drawing.samplesOf(picture),
      () => options.clock.now(),
      (event) => loop.dispatch(event),
      (worker, error) => members.refuse(worker, error),
    );
  }

  /** No tick is wanted any more. */
  close(): void {
    this.#cancelWake?.();
  }

  /** @returns null; or what happens instead, where a step's sums are not finite */
  perform(effect: CoreEffect): CoreEvent | null {
    const { crew, trainer, archive, meter } = this.#parts;
    switch (effect.type) {
      case 'lease':
        this.#lease(effect);
        return null;
      case 'accept':
        this.#accept(effect);
        return null;
      case 'compare':
        this.#compare(effect);
        return null;
      case 'take':
        this.#take(effect.lease);
        return null;
      case 'merge':
        this.#merge(effect);
        return null;
      case 'revoke':
        crew.tell(effect.worker, { type: 'revoke', lease: effect.lease });
        return null;
      case 'restart':
        this.#restart(effect.phase);
        return null;
      case 'apply':
        return this.#stepper.apply(effect)
          ? null
          : { type: 'diverged', at: this.#now(), position: effect.position, version: effect.version };
      case 'tune':
        trainer.tune(effect.learningRates);
        return null;
      case 'capture':
        this.#loop.catchUp();
        this.#drawing.capture(effect);
        return null;
      case 'accept-evaluation':
        this.#drawing.accept(effect, this.inbox.evaluation);
        return null;
      case 'drop-picture':
        this.#drawing.drop(effect);
        return null;
      case 'checkpoint':
        this.#loop.catchUp();
        this.#run.checkpoint();
        return null;
      case 'wake':
        this.#wake(effect.at);
        return null;
      case 'refuse':
        this.#members.refuse(effect.worker, new GantryError(effect.code, effect.message));
        return null;
      case 'happening':
        archive.log(effect.happening);
        if (effect.happening.type === 'paused') meter.pause();
        this.#members.announce(effect.happening);
        return null;
      case 'end':
        this.#loop.catchUp();
        this.#run.end(effect.outcome);
        return null;
    }
  }

  #now(): number {
    return this.#parts.options.clock.now();
  }

  #wake(at: number | null): void {
    this.#cancelWake?.();
    const tick = (): void => this.#loop.dispatch({ type: 'tick', at: this.#now() });
    this.#cancelWake = at === null ? null : this.#parts.options.clock.at(at, tick);
  }

  #lease({ lease, position }: Effect<'lease'>): void {
    const { crew, meter } = this.#parts;
    const { worker, id, version, task, round } = lease;
    if (task.kind === 'evaluation') {
      this.#drawing.lease(lease, task);
      return;
    }
    meter.start();
    // An auditor holds the earlier version still.
    if (version === this.#loop.state.version) crew.bring(worker);
    crew.tell(worker, {
      type: 'lease',
      lease: id,
      version,
      ...stepOf(position),
      blocks: [...task.blocks],
      ...(round ? { round } : this.#guess(position)),
    });
  }

  /** The step that its worker will most likely have next; where others take those that follow, nobody can tell. */
  #guess(position: Position): { readonly next?: ReturnType<typeof stepOf> } {
    if (this.#loop.state.ahead !== null) return {};
    return { next: stepOf(nextPosition(position, this.#run.phaseLengths())) };
  }

  #accept({ worker, lease, parts }: Effect<'accept'>): void {
    const { trainer, drift, options, crew } = this.#parts;
    for (const part of parts) {
      for (const { phase, record } of this.inbox.parts[part]) {
        trainer.add(phase, record);
        drift[phase]?.add(worker, record);
      }
    }
    // Errors are fed back once it is known that the update counted.
    if (options.config.codec.up === 'topk') crew.tell(worker, { type: 'accepted', lease });
  }

  #restart(phase: PhaseName): void {
    const { trainer, drift, exchanges, opinions, options } = this.#parts;
    for (const each of recordPhases(phase, options.config)) {
      trainer.forget(each);
      drift[each]?.forget();
    }
    exchanges.restart();
    opinions.forget(this.#loop.state.version);
  }

  #compare({ worker, version, part, firstBlock, blocks }: Effect<'compare'>): void {
    const { opinions } = this.#parts;
    const { state } = this.#loop;
    const of = { worker, version, firstBlock, blocks };
    const backend = state.workers.get(worker)?.backend ?? null;
    const found = opinions.add(worker, backend, version, keyOf(of), this.inbox.parts[part]);
    const compared = found.agrees.length + found.differs.length > 0;
    // An audit takes two. A trial, of the present version, may take more.
    if (compared && version < state.version) opinions.drop(version, keyOf(of));
    this.#loop.dispatch({ type: 'compared', at: this.#now(), ...of, ...found });
  }

  #take({ task }: Lease): void {
    const { contribution } = this.inbox;
    if (task.kind !== 'step' || contribution === null) return;
    this.#parts.exchanges.add(task.blocks, contribution.values, contribution.bytes);
  }

  /** One frame for everybody. */
  #merge({ phase, version, exchange, workers }: Effect<'merge'>): void {
    const { exchanges, crew, options } = this.#parts;
    const { incarnation } = options;
    const merged = exchanges.merge(phase, exchange);
    const frame = mergedFrame(merged, { incarnation, version, phase, exchange });
    for (const worker of workers) {
      crew.sendFrame(worker, frame);
      exchanges.sent(frame.length);
    }
  }

  /** What records of a lease hold. @param round - that it is of */
  #expectedRecords(phase: PhaseName, round: Round | null): Omit<ExpectedRecords, 'layouts'> {
    const { config } = this.#parts.options;
    const { blocks: units, wholeLeases: whole } = this.#loop.state.settings;
    if (round === null) return { examples: [examplesPerBlock(config.batch)], units, whole };
    const examples = recordPhases(phase, config).map(
      (each) => round.iterations * round.lengths[each] * config.batch.global,
    );
    return { examples, units, whole };
  }
}

/** A step as workers know it: by its number among those of its phase. */
const stepOf = ({ phase, steps }: Position): { phase: PhaseName; step: number } => ({
  phase,
  step: steps[phase],
});
