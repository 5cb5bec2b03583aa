/** The compute interface: what a session needs from a backend. Other backends stand behind the same. */
import type { BackendTrial, NetworkState, PhaseName } from '@gantry/shared';

export type BackendName = BackendTrial['backend'];

/** Where a microbatch's inputs come from. Pure: the same arguments give the same numbers, always. */
export interface ExampleSource {
  /**
   * Real examples `first … first + count − 1` of the global batch of discriminator step `step`.
   *
   * @returns float32 [count, ...example shape]; images in [−1, 1]
   * @throws CHUNK_UNAVAILABLE
   */
  real(step: number, first: number, count: number): Promise<Float32Array<ArrayBuffer>>;
  /** Latent vectors of the same examples of step `step` of `phase`. @returns float32 [count, latent] */
  latents(phase: PhaseName, step: number, first: number, count: number): Float32Array<ArrayBuffer>;
  /** The latents of every sample sheet of the run. @returns float32 [count, latent] */
  sampleLatents(count: number): Float32Array<ArrayBuffer>;
  /** Real examples to show beside generated ones; not part of training. @returns float32 [count, ...example shape] */
  sampleReal(count: number): Promise<Float32Array<ArrayBuffer>>;
}

export interface LeaseTask {
  readonly phase: PhaseName;
  /** Number of this step among the steps of its phase. */
  readonly step: number;
  /** Blocks, ascending. */
  readonly blocks: readonly number[];
}

export interface Sums {
  /** Records of PROTOCOL.md's update payload, written from `payload[0]` on. */
  readonly records: number;
  /** Microbatches computed. */
  readonly microbatches: number;
}

export interface Compute {
  readonly backend: BackendName;
  /** Resolves when the backend is gone for good (a lost WebGL context): what it owes will never come. */
  readonly lost: Promise<void>;
  /** Uploads a network's parameters and running statistics. Call again whenever they change. */
  load(network: PhaseName, state: NetworkState): void;
  /** Bytes of the payload that `update` writes for so many blocks. */
  payloadBytes(phase: PhaseName, blocks: number): number;
  /**
   * Computes the blocks of a lease on the loaded parameters, block after block, and writes one record a block
   * (`local` statistics: one for all) into `payload`. Yields to the event loop between microbatches.
   *
   * @param cancelled - asked between microbatches; when true, stops and returns null
   */
  update(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: () => boolean,
  ): Promise<Sums | null>;
  /**
   * Runs the generator with running statistics, `state` being its moving average.
   *
   * @param latents - float32 [count, latent]
   * @returns float32 [count, ...example shape]
   */
  generate(state: NetworkState, latents: Float32Array<ArrayBuffer>): Promise<Float32Array<ArrayBuffer>>;
  /** Live tensors; must not grow from step to step. */
  tensors(): number;
  dispose(): void;
}
