/**
 * A shell around the pure core under a virtual clock: simulated workers answer leases after the time they are
 * given, and nothing is computed. It drives the same `transition` as the shell with real sockets; there is no
 * second scheduler.
 */
import { transition } from '../core/transition.ts';
import type { CoreEffect, CoreEvent, CoreState, Happening, Lease } from '../core/types.ts';

export interface VirtualWorker {
  readonly id: number;
  /** What it says of itself when ready. */
  readonly millisecondsPerMicrobatch: number;
  /** Milliseconds from a lease's grant to its answer; null: never answers. */
  answerAfter(lease: Lease, now: number): number | null;
}

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
  /** Everything the core asked for, in order. */
  readonly effects: { readonly at: number; readonly effect: CoreEffect }[] = [];
  #state: CoreState;
  #queue: Timed[] = [];
  #order = 0;
  #wakeAt: number | null = null;
  readonly #workers = new Map<number, VirtualWorker>();

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
    const { millisecondsPerMicrobatch } = worker;
    this.dispatch({ type: 'ready', ...common, backend: 'wasm', millisecondsPerMicrobatch });
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
      this.effects.push({ at: this.now, effect });
      if (effect.type === 'wake') this.#wakeAt = effect.at;
      if (effect.type === 'lease') this.#answer(effect.lease);
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
    const { blocks } = lease.task;
    const { phase } = this.#state.position;
    const parts = this.#state.settings.wholeLeases
      ? [{ firstBlock: blocks[0], blocks: blocks.length }]
      : blocks.map((block) => ({ firstBlock: block, blocks: 1 }));
    this.later({ type: 'update', ...common, version: lease.version, phase, parts });
  }
}
