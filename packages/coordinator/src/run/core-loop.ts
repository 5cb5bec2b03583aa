/** Drives the core: takes events one after the other, and has the effects of each done at once. */
import { transition } from '../core/transition.ts';
import type { CoreEffect, CoreEvent, CoreState } from '../core/types.ts';

export interface CoreShell {
  /** All effects of an event, before the first is performed. */
  decided(effects: readonly CoreEffect[]): void;
  /** @returns null; or, where it cannot be done and nothing that was to follow from it may happen, what happens instead */
  perform(effect: CoreEffect): CoreEvent | null;
  /** An effect threw: what was to follow did not, and the state tells of what has not happened. */
  failed(error: unknown): void;
  /** The effects of an event are performed: what was to be sent is on its way. */
  performed(event: CoreEvent, effects: readonly CoreEffect[]): void;
}

export class CoreLoop {
  readonly #shell: CoreShell;
  readonly #queue: CoreEvent[] = [];
  /** What follows from an effect but nobody waits for: it is done once the next leases are on their way. */
  #afterwards: (() => void)[] = [];
  #state: CoreState;
  #handling = false;

  constructor(state: CoreState, shell: CoreShell) {
    this.#state = state;
    this.#shell = shell;
  }

  get state(): CoreState {
    return this.#state;
  }

  /** Handling an effect can bring the next event: they are taken one after the other. */
  dispatch(event: CoreEvent): void {
    this.#queue.push(event);
    if (this.#handling) return;
    this.#handling = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        this.handle(next);
      }
    } catch (error) {
      this.#queue.length = 0;
      this.#shell.failed(error);
    } finally {
      this.#handling = false;
    }
  }

  /**
   * Called from within an effect only for what a step was measured at: a checkpoint that follows in the same turn must
   * hold it.
   */
  handle(event: CoreEvent): void {
    const { state, effects } = transition(this.#state, event);
    this.#state = state;
    this.#shell.decided(effects);
    for (const effect of effects) {
      const instead = this.#shell.perform(effect);
      if (instead === null) continue;
      this.#queue.unshift(instead);
      break;
    }
    this.#shell.performed(event, effects);
    this.catchUp();
  }

  afterwards(work: () => void): void {
    this.#afterwards.push(work);
  }

  /** Does now what was to be done afterwards. */
  catchUp(): void {
    const work = this.#afterwards;
    if (work.length === 0) return;
    this.#afterwards = [];
    for (const each of work) each();
  }
}
