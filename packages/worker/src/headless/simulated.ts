/**
 * A worker without a connection and without a clock: it takes what a coordinator sends, and computes when it is told to. Who
 * simulates a class decides when that is; what is computed, encoded and drawn is what a session would send, to the bit.
 */
import {
  planModel,
  type EvaluateMessage,
  type Frame,
  type LeaseMessage,
  type ModelPlan,
  type RunConfig,
  type WelcomeMessage,
} from '@gantry/shared';
import { createCompute } from '../compute/backends.ts';
import type { FetchChunk } from '../data/chunks.ts';
import type { Compute } from '../compute/types.ts';
import { createSource } from '../data/source.ts';
import type { FetchLabels } from '../data/split-source.ts';
import { drawEvaluation } from '../session/draw.ts';
import { UpdateEncoder } from '../session/encoder.ts';
import { Evaluated } from '../session/evaluated.ts';
import { Rendezvous } from '../session/rendezvous.ts';
import { HeldReplica } from '../session/replica.ts';
import { computeLease, type Bench } from '../session/workplace.ts';

/** A backend of this process to draw with. @throws NO_BACKEND */
export const openDrawing = (config: RunConfig): Promise<Pick<Compute, 'generate' | 'dispose'>> =>
  createCompute('wasm', planModel(config), config);

export interface Made {
  /** A `contribution`, ready to send; or an `update`, still to be sealed. */
  readonly frame: Uint8Array<ArrayBuffer>;
  /** Whether it is the update, after which nothing comes. */
  readonly last: boolean;
}

/** @param gradients - of what was computed: float32, to be read or changed before they are encoded */
export type Spoil = (gradients: () => readonly Float32Array[]) => void;

export class SimulatedWorker {
  readonly #welcome: WelcomeMessage;
  readonly #bench: Bench;
  readonly #evaluated = new Evaluated();

  private constructor(welcome: WelcomeMessage, bench: Bench) {
    this.#welcome = welcome;
    this.#bench = bench;
  }

  /**
   * On wasm. Its backend is not tested: it is the same for all workers of this process.
   *
   * @param fetched - the bytes of a chunk of stored data, and of all labels; never called for drawn data
   * @param equip - makes what computes instead: for tests where only time and bytes count
   */
  static async open(
    welcome: WelcomeMessage,
    fetched: { readonly chunk: FetchChunk; readonly labels: FetchLabels },
    equip: (model: ModelPlan, config: RunConfig) => Compute | Promise<Compute> = (model, config) =>
      createCompute('wasm', model, config),
  ): Promise<SimulatedWorker> {
    const { config, data } = welcome;
    const model = planModel(config);
    return new SimulatedWorker(welcome, {
      model,
      compute: await equip(model, config),
      source: createSource(config, data, fetched.chunk, fetched.labels),
      replica: new HeldReplica(model, config),
      encoder: new UpdateEncoder(model, config),
    });
  }

  /** null: it has none that can be right. */
  get version(): number | null {
    return this.#bench.replica.version;
  }

  /** Of its replica. */
  checksum(): number | null {
    return this.#bench.replica.checksum();
  }

  /** It lost its connection: what it was sent over it does not count any more. */
  forget(): void {
    this.#bench.replica.forget();
    this.#bench.encoder.feedback?.forget();
    this.#evaluated.forget();
  }

  /**
   * Takes a `snapshot`, `delta`, `ema` or `discriminator`.
   *
   * @returns false where its replica is not the coordinator's: it is to ask for a snapshot
   * @throws FRAME_INVALID
   */
  takeFrame(frame: Frame): boolean {
    const { kind } = frame.header;
    if (kind !== 'ema' && kind !== 'discriminator') return this.#bench.replica.apply(frame);
    this.#evaluated.take(this.#bench.model, frame);
    return true;
  }

  /** The update of this lease was accepted. */
  accepted(lease: number): void {
    this.#bench.encoder.feedback?.accept(lease);
  }

  /** Nothing is computed before `next`. */
  begin(lease: LeaseMessage, spoil: Spoil): Pick<Work, keyof Work> {
    return new Work(this.#bench, this.#welcome, lease, spoil);
  }

  /** @returns an `evaluation`, ready to send; null where the networks it takes are not there */
  draw(message: EvaluateMessage): Promise<Uint8Array<ArrayBuffer> | null> {
    return drawEvaluation(this.#bench, this.#welcome, message, this.#evaluated.of(message.version));
  }

  dispose(): void {
    this.#bench.compute.dispose();
  }
}

/** Work on one lease, in as many parts as there is something to be sent. */
export class Work {
  readonly #bench: Bench;
  readonly #welcome: WelcomeMessage;
  readonly #lease: LeaseMessage;
  readonly #spoil: Spoil;
  readonly #rendezvous: Rendezvous;
  #contributed: ((made: Made) => void) | null = null;
  #update: Promise<Made | null> | null = null;
  #off = false;

  constructor(bench: Bench, welcome: WelcomeMessage, lease: LeaseMessage, spoil: Spoil) {
    this.#bench = bench;
    this.#welcome = welcome;
    this.#lease = lease;
    this.#spoil = spoil;
    this.#rendezvous = new Rendezvous((frame) => this.#contributed?.({ frame, last: false }));
  }

  /**
   * Computes up to the next exchange, or to the end.
   *
   * @param merged - what came of the exchange before; null in the first part
   * @returns null where it was called off
   */
  next(merged: Frame | null): Promise<Made | null> {
    const contribution = new Promise<Made>((resolve) => {
      this.#contributed = resolve;
    });
    this.#update ??= this.#compute();
    if (merged !== null) this.#rendezvous.take(merged);
    return Promise.race([contribution, this.#update]);
  }

  /** Nothing of it is wanted any more. */
  callOff(): void {
    this.#off = true;
    this.#rendezvous.callOff();
  }

  async #compute(): Promise<Made | null> {
    const off = (): boolean => this.#off;
    const exchange = this.#rendezvous.exchangeOf(this.#lease, this.#welcome, this.#bench.model, off);
    const frame = await computeLease(this.#bench, this.#welcome, this.#lease, off, exchange, this.#spoil);
    return frame && { frame, last: true };
  }
}
