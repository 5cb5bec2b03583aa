/** What of a run is counted and timed: seconds, bytes, pace, losses. Nothing of it decides anything. */
import type { PhaseName } from '@gantry/shared';
import type { CheckpointRecord } from './checkpoint.ts';
import { Pace } from './pace.ts';

export interface LatestLosses {
  readonly discriminator: number | null;
  readonly generator: number | null;
}

export class Meter {
  readonly #pace = new Pace();
  readonly #now: () => number;
  #secondsBefore: number;
  readonly #bytes: { up: number; down: number };
  readonly #losses: Record<PhaseName, number | null>;
  #startedAt: number | null = null;
  #stoppedAt: number | null = null;

  /** @param before - of the run's earlier incarnations, if there were any */
  constructor(now: () => number, before: CheckpointRecord | undefined) {
    this.#now = now;
    this.#secondsBefore = before?.seconds ?? 0;
    this.#bytes = { ...(before?.bytes ?? { up: 0, down: 0 }) };
    this.#losses = { ...(before?.losses ?? { discriminator: null, generator: null }) };
  }

  /** Time counts from the first lease of a step on, and again from the first after a pause. */
  start(): void {
    this.#startedAt ??= this.#now();
  }

  pause(): void {
    this.#secondsBefore = this.seconds;
    this.#startedAt = null;
    this.#pace.forget();
  }

  stop(): void {
    this.#stoppedAt ??= this.#now();
  }

  up(bytes: number): void {
    this.#bytes.up += bytes;
  }

  down(bytes: number): void {
    this.#bytes.down += bytes;
  }

  /**
   * @param loss - of the step, or the mean of a round's
   * @param steps - optimizer steps: 1, or all of a round with its last network, and 0 before
   */
  step(phase: PhaseName, loss: number, steps: number): void {
    if (steps > 0) this.#pace.step(this.#now(), steps);
    this.#losses[phase] = loss;
  }

  get bytes(): { readonly up: number; readonly down: number } {
    return { ...this.#bytes };
  }

  /** Mean loss of each phase's latest step. */
  get losses(): LatestLosses {
    return { ...this.#losses };
  }

  /** Seconds of training without its pauses, those of earlier incarnations included. */
  get seconds(): number {
    const until = this.#stoppedAt ?? this.#now();
    return this.#secondsBefore + (this.#startedAt === null ? 0 : (until - this.#startedAt) / 1000);
  }

  /** Over the latest steps; 0 while unknown. */
  get stepsPerSecond(): number {
    return this.#pace.stepsPerSecond(this.#now());
  }
}
