/**
 * Brings workers to the present version. A frame is made once a version and network, when first needed, and
 * the same bytes go to everybody.
 */
import {
  networkFrame,
  phaseNames,
  snapshotFrame,
  type ModelPlan,
  type PhaseName,
  type Replica,
} from '@gantry/shared';

/** The version at which each network of a worker's replica last changed; null: it has no replica. */
export type Held = Readonly<Record<PhaseName, number>> | null;

export class Replicas {
  readonly #model: ModelPlan;
  readonly #replica: Replica;
  readonly #incarnation: number;
  readonly #deltas = new Map<PhaseName, Uint8Array<ArrayBuffer>>();
  #snapshot: Uint8Array<ArrayBuffer> | null = null;
  #changed: Record<PhaseName, number>;
  #version: number;

  constructor(model: ModelPlan, replica: Replica, incarnation: number, version: number) {
    this.#model = model;
    this.#replica = replica;
    this.#incarnation = incarnation;
    this.#version = version;
    this.#changed = { discriminator: version, generator: version };
  }

  /** Version `version` came to be by a change of `network`. */
  advance(network: PhaseName, version: number): void {
    this.#version = version;
    this.#changed = { ...this.#changed, [network]: version };
    this.#deltas.delete(network);
    this.#snapshot = null;
  }

  /** Sends what is missing; returns what the worker then holds. */
  bring(held: Held, send: (frame: Uint8Array<ArrayBuffer>) => void): Held {
    if (held === null) {
      this.#snapshot ??= snapshotFrame(this.#replica, {
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
    for (const network of missing) send(this.#delta(network));
    return this.#changed;
  }

  #delta(network: PhaseName): Uint8Array<ArrayBuffer> {
    let frame = this.#deltas.get(network);
    if (frame === undefined) {
      frame = networkFrame('delta', network, this.#model[network], this.#replica[network], {
        incarnation: this.#incarnation,
        version: this.#changed[network],
        lease: 0,
      });
      this.#deltas.set(network, frame);
    }
    return frame;
  }
}
