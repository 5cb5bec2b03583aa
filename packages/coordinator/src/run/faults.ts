/** Faults that workers play where the presenter asks for it: the coordinator asks, and treats them as any other. */
import { gantryError, type Fault } from '@gantry/shared';
import type { Crew } from './crew.ts';

interface Played {
  readonly fault: Fault;
  /** When it is over by itself; Infinity: never. */
  readonly until: number;
}

export class Faults {
  readonly #crew: Crew;
  readonly #now: () => number;
  readonly #played = new Map<number, Played>();

  /** @param now - milliseconds */
  constructor(crew: Crew, now: () => number) {
    this.#crew = crew;
    this.#now = now;
  }

  /** What this worker plays; null: nothing. */
  of(worker: number): Fault | null {
    const played = this.#played.get(worker);
    return played !== undefined && played.until > this.#now() ? played.fault : null;
  }

  /** Instead of what it played before. @throws FAULT_IMPOSSIBLE */
  play(worker: number, fault: Fault): void {
    if (!this.#crew.has(worker)) throw gantryError('FAULT_IMPOSSIBLE', worker, 'it is not connected');
    const until = 'seconds' in fault ? this.#now() + 1000 * fault.seconds : Infinity;
    this.#played.set(worker, { fault, until });
    this.#crew.tell(worker, { type: 'fault', fault });
  }

  /** Nobody plays anything any more; who is switched off comes back when its time has come. */
  stop(): void {
    for (const worker of this.#played.keys()) this.#crew.tell(worker, { type: 'fault', fault: null });
    this.#played.clear();
  }

  forget(worker: number): void {
    this.#played.delete(worker);
  }

  /** It connected, perhaps again: a new connection knows nothing of what it is to play. */
  attach(worker: number): void {
    const fault = this.of(worker);
    if (fault === null || fault.kind === 'switch-off') {
      this.forget(worker); // who was switched off is back
      return;
    }
    const left = (this.#played.get(worker)?.until ?? 0) - this.#now();
    const rest: Fault =
      fault.kind === 'freeze' ? { ...fault, seconds: Math.max(1, Math.round(left / 1000)) } : fault;
    this.#crew.tell(worker, { type: 'fault', fault: rest });
  }
}
