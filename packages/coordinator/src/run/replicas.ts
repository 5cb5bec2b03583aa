/**
 * Brings workers to the present version. A frame is made once a version and network, and the same bytes go to
 * everybody. With the codec `float32` a delta holds values, and the newest is enough. In other codecs deltas are
 * differences that build on each other: recent ones are kept for workers that were left out of some steps, and whoever
 * missed more than the values would cost gets the values.
 */
import {
  createCodec,
  differenceFrame,
  networkFrame,
  phaseNames,
  phaseNumber,
  snapshotFrame,
  type Codec,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import type { Trainer } from '../training/trainer.ts';

/** The version at which each network of a worker's replica last changed; null: it has no replica. */
export type Held = Readonly<Record<PhaseName, number>> | null;

interface Delta {
  /** The version it builds on. */
  readonly base: number;
  readonly frame: Uint8Array<ArrayBuffer>;
}

/** What of a trainer is sent. */
type Networks = Pick<Trainer, 'model' | 'master' | 'replica'>;

export class Replicas {
  readonly #trainer: Networks;
  readonly #seed: number;
  readonly #incarnation: number;
  /** null: values are sent. */
  readonly #codec: Codec | null;
  readonly #values = new Map<PhaseName, Uint8Array<ArrayBuffer>>();
  /** Of each network, the newest last; each builds on the one before. */
  readonly #deltas: Readonly<Record<PhaseName, Delta[]>> = { discriminator: [], generator: [] };
  readonly #scratch: Readonly<Record<PhaseName, Float32Array<ArrayBuffer>>>;
  #snapshot: Uint8Array<ArrayBuffer> | null = null;
  #changed: Record<PhaseName, number>;
  #version: number;

  constructor(
    trainer: Networks,
    { codec, seed }: Pick<RunConfig, 'codec' | 'seed'>,
    incarnation: number,
    version: number,
  ) {
    this.#trainer = trainer;
    this.#seed = seed;
    this.#codec = codec.down === 'float32' ? null : createCodec(codec.down, codec);
    this.#incarnation = incarnation;
    this.#version = version;
    this.#changed = { discriminator: version, generator: version };
    const scratch = (network: PhaseName): Float32Array<ArrayBuffer> =>
      new Float32Array(this.#codec === null ? 0 : trainer.model[network].trainableCount);
    this.#scratch = { discriminator: scratch('discriminator'), generator: scratch('generator') };
  }

  /** Version `version` came to be by a change of `network`; call for each network that changed. */
  advance(network: PhaseName, version: number): void {
    const base = this.#changed[network];
    this.#version = version;
    this.#changed = { ...this.#changed, [network]: version };
    this.#values.delete(network);
    this.#snapshot = null;
    if (this.#codec !== null) this.#encode(network, this.#codec, base);
  }

  /** Sends what is missing; returns what the worker then holds. */
  bring(held: Held, send: (frame: Uint8Array<ArrayBuffer>) => void): Held {
    if (held === null) {
      this.#snapshot ??= snapshotFrame(this.#trainer.replica, {
        incarnation: this.#incarnation,
        version: this.#version,
      });
      send(this.#snapshot);
      return this.#changed;
    }
    // The network that changed last comes last, so that its version is the replica's.
    const missing = phaseNames
      .filter((network) => held[network] !== this.#changed[network])
      .sort((a, b) => this.#changed[a] - this.#changed[b]);
    for (const network of missing) for (const frame of this.#missing(network, held[network])) send(frame);
    return this.#changed;
  }

  /** Frames that lead from a version of a network to the present one. */
  #missing(network: PhaseName, from: number): readonly Uint8Array<ArrayBuffer>[] {
    const deltas = this.#deltas[network];
    const first = deltas.findIndex(({ base }) => base === from);
    return first < 0 ? [this.#valuesOf(network)] : deltas.slice(first).map(({ frame }) => frame);
  }

  #valuesOf(network: PhaseName): Uint8Array<ArrayBuffer> {
    let frame = this.#values.get(network);
    if (frame === undefined) {
      frame = networkFrame('delta', network, this.#trainer.model[network], this.#trainer.replica[network], {
        incarnation: this.#incarnation,
        version: this.#changed[network],
        lease: 0,
      });
      this.#values.set(network, frame);
    }
    return frame;
  }

  /** Makes the delta, which also moves the replica: so at once, whether somebody wants it or not. */
  #encode(network: PhaseName, codec: Codec, base: number): void {
    const { model, master, replica } = this.#trainer;
    const version = this.#changed[network];
    const frame = differenceFrame(
      network,
      model[network],
      codec,
      master[network].parameters,
      replica[network],
      this.#scratch[network],
      { incarnation: this.#incarnation, version, base },
      { seed: this.#seed, purpose: 'rounding', phase: phaseNumber[network], step: version, layer: 1 },
    );
    const deltas = this.#deltas[network];
    deltas.push({ base, frame });
    let bytes = 0;
    for (const delta of deltas) bytes += delta.frame.length;
    const values = 4 * model[network].trainableCount;
    while (deltas.length > 1 && bytes > values) bytes -= (deltas.shift() as Delta).frame.length; // there are two or more
  }
}
