/** The worker's replica: the coordinator's parameters and running statistics, kept equal by frames. */
import {
  applyNetwork,
  applySnapshot,
  emptyReplica,
  phaseNames,
  replicaChecksum,
  type Frame,
  type ModelPlan,
  type PhaseName,
  type Replica,
} from '@gantry/shared';
import type { Compute } from '../compute/types.ts';

export class HeldReplica {
  readonly #model: ModelPlan;
  readonly #replica: Replica;
  /** Networks that changed since they were last loaded. */
  readonly #stale = new Set<PhaseName>(phaseNames);
  #version: number | null = null;
  /** Of both networks, once asked for: the status asks ten times a second. */
  #checksum: number | null = null;

  constructor(model: ModelPlan) {
    this.#model = model;
    this.#replica = emptyReplica(model);
  }

  /** null: there is none, or it has diverged. */
  get version(): number | null {
    return this.#version;
  }

  checksum(): number | null {
    if (this.#version === null) return null;
    return (this.#checksum ??= replicaChecksum(this.#replica));
  }

  forget(): void {
    this.#version = null;
  }

  /** Applies a snapshot or delta. Returns whether the result has the coordinator's checksum. */
  apply(frame: Frame): boolean {
    const { kind, phase, version } = frame.header;
    this.#checksum = null;
    let right: boolean;
    if (kind === 'snapshot') {
      right = applySnapshot(this.#replica, frame);
      for (const network of phaseNames) this.#stale.add(network);
    } else {
      right = this.#version !== null && applyNetwork(this.#model[phase], this.#replica[phase], frame);
      this.#stale.add(phase);
    }
    this.#version = right ? version : null;
    return right;
  }

  /** Brings the backend up to date. */
  loadInto(compute: Compute): void {
    for (const network of this.#stale) compute.load(network, this.#replica[network]);
    this.#stale.clear();
  }
}
