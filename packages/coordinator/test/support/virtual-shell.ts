/**
 * A shell around the pure core under a virtual clock: simulated workers answer leases after the time they are
 * given, and nothing is computed. It drives the same `transition` as the shell with real sockets; there is no
 * second scheduler.
 */
import { alignedRuns, type Position } from '@gantry/shared';
import { transition } from '../../src/core/transition.ts';
import type { CoreEffect, CoreEvent, CoreState, Happening, Lease } from '../../src/core/types.ts';

export interface VirtualWorker {
  readonly id: number;
  /** What it says of itself when ready. */
  readonly millisecondsPerMicrobatch: number;
  /** Whether it only draws sample sheets. */
  readonly sheetsOnly?: boolean;
  /** Milliseconds from a lease's grant to its answer; null: never answers. */
  answerAfter(lease: Lease, now: number): number | null;
  /** Milliseconds of that in which it computes; all of it without this. */
  computes?(lease: Lease): number;
  /** What it computes for a record: workers that compute the same agree. `right` without this. */
  computesAs?(lease: Lease): string;
  /** Whether its numbers are far larger than usual. */
  exaggerates?(lease: Lease): boolean;
  /** In lock step: whether it freezes before it contributes to this exchange. */
  freezesBefore?(lease: Lease, exchange: number): boolean;
}

/** Milliseconds from one end of a link to the other, for what is called off. */
const link = 3;

/** A worker of constant speed. */
export const steadyWorker = (
  id: number,
  millisecondsPerMicrobatch: number,
  microbatchesPerBlock = 1,
): VirtualWorker => ({
  id,
  millisecondsPerMicrobatch,
  answerAfter: (lease) =>
    lease.task.kind === 'step'
      ? millisecondsPerMicrobatch * microbatchesPerBlock * lease.task.blocks.length
      : 1,
});

interface Timed {
  readonly at: number;
  readonly order: number;
  readonly event: CoreEvent;
}

export class VirtualShell {
  now = 0;
  /** Everything the core asked for, in order, and what brought it about. */
  readonly effects: { readonly at: number; readonly effect: CoreEffect; readonly event: CoreEvent }[] = [];
  #state: CoreState;
  #queue: Timed[] = [];
  #order = 0;
  #wakeAt: number | null = null;
  /** Milliseconds of each lease in lock step that is worked on, by lease. */
  readonly #paces = new Map<number, number>();
  readonly #answered = new Map<number, Lease>();
  readonly #positions = new Map<number, Position>();
  readonly #workers = new Map<number, VirtualWorker>();
  /** What was computed for records that are audited or on trial, by version and record. */
  readonly #opinions = new Map<number, Map<string, { readonly worker: number; readonly as: string }[]>>();

  constructor(state: CoreState) {
    this.#state = state;
  }

  get state(): CoreState {
    return this.#state;
  }

  /** Joins and is ready at once. */
  join(worker: VirtualWorker): void {
    this.#workers.set(worker.id, worker);
    const common = { at: this.now, worker: worker.id };
    this.dispatch({ type: 'joined', ...common, name: `virtual ${worker.id}`, kind: 'headless' });
    const { millisecondsPerMicrobatch, sheetsOnly } = worker;
    this.dispatch({ type: 'ready', ...common, backend: 'wasm', millisecondsPerMicrobatch, sheetsOnly });
  }

  /** What it was working on is never answered. */
  leave(worker: number): void {
    this.#workers.delete(worker);
    this.#queue = this.#queue.filter(({ event }) => !('worker' in event && event.worker === worker));
    this.dispatch({ type: 'left', at: this.now, worker, forGood: false });
  }

  /** Lets an event happen at a later time. */
  later(event: CoreEvent): void {
    this.#queue.push({ at: event.at, order: this.#order++, event });
    this.#queue.sort((a, b) => a.at - b.at || a.order - b.order);
  }

  dispatch(event: CoreEvent): readonly CoreEffect[] {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    for (const effect of effects) {
      this.effects.push({ at: this.now, effect, event });
      if (effect.type === 'restart') this.#opinions.delete(state.version);
      if (effect.type === 'compare') this.#compare(effect, event);
      if (effect.type === 'wake') this.#wakeAt = effect.at;
      if (effect.type === 'lease') {
        this.#positions.set(effect.lease.id, effect.position);
        this.#answer(effect.lease);
      }
      if (effect.type === 'merge') for (const worker of effect.workers) this.#goOn(worker);
      if (effect.type === 'revoke') this.#drop(effect.worker, effect.lease);
    }
    return effects;
  }

  /** Runs until `done` or until nothing more will happen. Returns whether `done` came true. */
  run(done: (state: CoreState) => boolean, until = Infinity): boolean {
    while (!done(this.#state)) {
      const next = this.#queue.at(0);
      const tickFirst = this.#wakeAt !== null && (next === undefined || this.#wakeAt < next.at);
      const at = tickFirst ? this.#wakeAt : next?.at;
      if (at === null || at === undefined || at > until) return false;
      this.now = Math.max(this.now, at);
      if (tickFirst) {
        this.#wakeAt = null;
        this.dispatch({ type: 'tick', at: this.now });
      } else {
        const timed = this.#queue.shift();
        if (timed) this.dispatch(timed.event);
      }
    }
    return true;
  }

  happenings(): Happening[] {
    return this.effects.flatMap(({ effect }) => (effect.type === 'happening' ? [effect.happening] : []));
  }

  #answer(lease: Lease): void {
    const after = this.#workers.get(lease.worker)?.answerAfter(lease, this.now) ?? null;
    if (after === null) return;
    const common = { at: this.now + after, worker: lease.worker, lease: lease.id };
    if (lease.task.kind === 'evaluation') {
      this.later({ type: 'evaluated', ...common });
      return;
    }
    const { position, settings } = this.#state;
    if (settings.exchanges[position.phase] > 0) {
      this.#contribute(lease, after);
      return;
    }
    this.later(this.#update(lease, common.at));
  }

  #update(lease: Lease, at: number): CoreEvent {
    const { worker, id, version } = lease;
    const blocks = lease.task.kind === 'step' ? lease.task.blocks : [];
    const { phase } = this.#positions.get(id) ?? this.#state.position;
    const { wholeLeases, joins } = this.#state.settings;
    const records = joins ? alignedRuns(blocks) : blocks.map((block) => [block]);
    const parts = (wholeLeases ? [blocks] : records).map((record) => ({
      firstBlock: record[0],
      blocks: record.length,
    }));
    const virtual = this.#workers.get(worker);
    const took = virtual?.computes?.(lease) ?? at - this.now;
    const unusual = virtual?.exaggerates?.(lease) ? parts.map((_, i) => i) : [];
    this.#answered.set(id, lease);
    return { type: 'update', at, worker, lease: id, version, phase, parts, unusual, took };
  }

  #compare(
    { worker, version, firstBlock, blocks }: Extract<CoreEffect, { type: 'compare' }>,
    event: CoreEvent,
  ): void {
    const lease = event.type === 'update' ? this.#answered.get(event.lease) : undefined;
    const as = (lease && this.#workers.get(worker)?.computesAs?.(lease)) ?? 'right';
    const record = `${firstBlock}+${blocks}`;
    const ofVersion = this.#opinions.get(version) ?? new Map<string, { worker: number; as: string }[]>();
    this.#opinions.set(version, ofVersion);
    const before = ofVersion.get(record) ?? [];
    const ids = (same: boolean): number[] =>
      before.filter((other) => (other.as === as) === same).map((other) => other.worker);
    ofVersion.set(record, [...before, { worker, as }]);
    const found = { agrees: ids(true), differs: ids(false) };
    this.later({ type: 'compared', at: this.now, version, worker, firstBlock, blocks, ...found });
  }

  // --- lock step: a lease's time is cut into equal parts, at whose ends it contributes, and last its update comes

  /** @param after - milliseconds of the whole lease */
  #contribute(lease: Lease, after: number): void {
    const { position, settings, merged } = this.#state;
    const { phase } = position;
    const { worker, id, version } = lease;
    if (this.#workers.get(worker)?.freezesBefore?.(lease, merged)) return;
    this.#paces.set(id, after);
    const at = this.now + after / (settings.exchanges[phase] + 1);
    if (merged === settings.exchanges[phase]) this.later(this.#update(lease, at));
    else this.later({ type: 'contributed', at, worker, lease: id, version, phase, exchange: merged });
  }

  #goOn(worker: number): void {
    const lease = this.#state.leases.get(this.#state.workers.get(worker)?.lease ?? -1);
    const after = this.#paces.get(lease?.id ?? -1);
    if (lease !== undefined && after !== undefined) this.#contribute(lease, after);
  }

  /** What is on the link arrives; what was to come does not. Who is frozen answers nothing. */
  #drop(worker: number, lease: number): void {
    const at = this.now + link;
    const of = ({ event }: Timed): boolean => 'lease' in event && event.lease === lease;
    const frozen = !this.#paces.has(lease) || (!this.#queue.some(of) && this.#isLate(lease));
    this.#queue = this.#queue.filter((timed) => !of(timed) || timed.at <= at);
    if (!frozen) this.later({ type: 'gave-back', at, worker, lease, cause: 'revoked', reason: '' });
  }

  #isLate(lease: number): boolean {
    return this.#state.leases.get(lease)?.expired === true;
  }
}
