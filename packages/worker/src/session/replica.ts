/** The worker's replica: the coordinator's parameters and running statistics, kept equal by frames. */
import {
  applyNetwork,
  applySnapshot,
  createCodec,
  emptyReplica,
  gantryError,
  phaseNames,
  replicaChecksum,
  type Codec,
  type Frame,
  type FrameHeader,
  type ModelPlan,
  type PhaseName,
  type Replica,
  type RunConfig,
} from '@gantry/shared';
import type { Compute } from '../compute/types.ts';

export class HeldReplica {
  readonly #model: ModelPlan;
  readonly #replica: Replica;
  /** Networks that changed since they were last loaded. */
  readonly #stale = new Set<PhaseName>(phaseNames);
  readonly #down: Codec;
  #version: number | null = null;
  /** The version at which each network changed last; a snapshot counts as a change of both. */
  #changed: Readonly<Record<PhaseName, number>> = { discriminator: 0, generator: 0 };
  /** Of both networks, once asked for: the status asks ten times a second. */
  #checksum: number | null = null;

  constructor(model: ModelPlan, { codec }: Pick<RunConfig, 'codec'>) {
    this.#down = createCodec(codec.down, codec);
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

  /**
   * Applies a snapshot or delta. Returns whether the result has the coordinator's checksum.
   *
   * @throws FRAME_INVALID where it is neither, or does not fit; then there is no replica any more
   */
  apply(frame: Frame): boolean {
    const { kind, phase, version } = frame.header;
    if (kind !== 'snapshot' && kind !== 'delta')
      throw gantryError('FRAME_INVALID', 'kind', kind, 'snapshot or delta');
    const before = this.#version;
    this.#version = null;
    this.#checksum = null;
    let right: boolean;
    if (kind === 'snapshot') {
      right = applySnapshot(this.#replica, frame);
      this.#changed = { discriminator: version, generator: version };
      for (const network of phaseNames) this.#stale.add(network);
    } else {
      right =
        before !== null &&
        this.#builds(frame.header) &&
        applyNetwork(this.#model[phase], this.#replica[phase], frame, this.#down);
      this.#changed = { ...this.#changed, [phase]: version };
      this.#stale.add(phase);
    }
    if (right) this.#version = version;
    return right;
  }

  /** Whether what a difference builds on is here. Values build on nothing. */
  #builds({ codec, base, phase, version }: FrameHeader): boolean {
    const last = this.#changed[phase];
    return codec === 'float32' || (base <= last && last < version);
  }

  /** For reading, to somebody who loads other parameters into the backend. */
  lend(): Replica {
    for (const network of phaseNames) this.#stale.add(network);
    return this.#replica;
  }

  /** Brings the backend up to date. */
  loadInto(compute: Compute): void {
    for (const network of this.#stale) compute.load(network, this.#replica[network]);
    this.#stale.clear();
  }
}
