/** The compute interface: what a session needs from a backend. Other backends stand behind the same. */
import type { BackendTest, NetworkState, PhaseName } from '@gantry/shared';

export type BackendName = BackendTest['backend'];

/** Where a microbatch's inputs come from. Pure: the same arguments give the same numbers, always. */
export interface ExampleSource {
  /**
   * Real examples `first … first + count − 1` of the global batch of discriminator step `step`. A generator step whose
   * loss pairs takes those of the discriminator step of its number.
   *
   * @throws CHUNK_UNAVAILABLE
   */
  real(step: number, first: number, count: number): Promise<RealExamples>;
  /**
   * How much the examples of a block of a step, or of a slot of a round, count in means: 1 on average.
   *
   * @throws CHUNK_UNAVAILABLE
   */
  weight(unit: number): Promise<number>;
  /** Classes that are generated, drawn uniformly. @returns [count]; empty for data without labels */
  labels(phase: PhaseName, step: number, first: number, count: number): Int32Array;
  /** Shares of generated examples in the mixtures of the gradient penalty. @returns float32 [count], in [0, 1) */
  mix(step: number, first: number, count: number): Float32Array<ArrayBuffer>;
  /** Latent vectors of the same examples of step `step` of `phase`. @returns float32 [count, latent] */
  latents(phase: PhaseName, step: number, first: number, count: number): Float32Array<ArrayBuffer>;
  /**
   * The latents of every sample sheet of the run, from the first on or from `first`. @returns float32 [count, latent]
   */
  sampleLatents(count: number, first?: number): Float32Array<ArrayBuffer>;
  /** The classes of every sample sheet: each in turn. @returns [count]; empty for data without labels */
  sampleLabels(count: number, first?: number): Int32Array;
  /** Real examples to show beside generated ones; not part of training. @returns float32 [count, ...example shape] */
  sampleReal(count: number): Promise<Float32Array<ArrayBuffer>>;
}

/** What standing statistics are accumulated over. */
export interface StandingSource {
  /**
   * Inputs of a pass, drawn like those of training. @returns latents float32 [count, latent]; labels [count], empty
   * for data without
   */
  standing(
    pass: number,
    count: number,
  ): { readonly latents: Float32Array<ArrayBuffer>; readonly labels: Int32Array };
}

/** All that a run draws. */
export type RunSource = ExampleSource & StandingSource;

export interface RealExamples {
  /** float32 [count, ...example shape]; images in [−1, 1] */
  readonly examples: Float32Array<ArrayBuffer>;
  /** Their classes, [count]; empty for data without labels. */
  readonly labels: Int32Array;
}

/**
 * Exchanges statistics of batch norm with the other workers on the step (`batchNorm.statistics: "global"`).
 *
 * @param index - of the exchange in `exchangesOf`
 * @param own - float32 [blocks of the lease, groups, 2, channels]: mean and M2, or S1 and S2, of each block
 * @returns float32 [groups, 2, channels] of the global batch; null where the lease was taken back
 */
export type Exchange = (
  index: number,
  own: Float32Array<ArrayBuffer>,
) => Promise<Float32Array<ArrayBuffer> | null>;

/** Whether work is not wanted any more: then it stops, and comes to nothing. May take its time, in which the machine rests. */
export type Cancelled = () => boolean | Promise<boolean>;

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
  /** That it computes with: 1 but for wasm in some places. */
  readonly threads: number;
  /** Resolves when the backend is gone for good (a lost WebGL context): what it owes will never come. */
  readonly lost: Promise<void>;
  /** Uploads a network's parameters and running statistics. Call again whenever they change. */
  load(network: PhaseName, state: NetworkState): void;
  /** Bytes of the payload that `update` writes for so many blocks. */
  payloadBytes(phase: PhaseName, blocks: number): number;
  /**
   * Computes the blocks of a lease on the loaded parameters, block after block, and writes records in float32 into
   * `payload`: one a block, or one for all where the configuration says so. Yields to the event loop between microbatches.
   *
   * @param cancelled - asked between microbatches
   * @param exchange - called only with `global` statistics
   * @throws CONTEXT_LOST where numbers come from a device that was reset
   */
  update(
    task: LeaseTask,
    source: ExampleSource,
    payload: Uint8Array<ArrayBuffer>,
    cancelled: Cancelled,
    exchange: Exchange,
  ): Promise<Sums | null>;
  /**
   * Draws what `update` will need for that lease, which may never come: its result is the same, sooner. What was drawn so
   * before and not used is dropped.
   *
   * @param wanted - asked now and then; when false, it stops
   */
  prepare(task: LeaseTask, source: ExampleSource, wanted: () => boolean): Promise<void>;
  /**
   * Runs the generator, `state` being its moving average: with running statistics (those of `state`; with `local` ones
   * this worker's own), or with standing ones, which move nothing.
   *
   * @param latents - float32 [count, latent]
   * @param labels - classes [count]; empty for a generator that does not ask
   * @param standing - where given, standing statistics are accumulated over it first
   * @returns float32 [count, ...example shape]
   * @throws CONTEXT_LOST
   */
  generate(
    state: NetworkState,
    latents: Float32Array<ArrayBuffer>,
    labels: Int32Array,
    standing?: StandingSource,
  ): Promise<Float32Array<ArrayBuffer>>;
  /**
   * How the discriminator `state` sees examples, each by itself and as in evaluation.
   *
   * @param examples - float32 [n, ...example shape]
   * @param generated - float32 [m, ...example shape]
   * @param real - of equal index, for losses that pair; float32 [m, ...example shape]
   * @returns its scores of `examples`, float32 [n]; and the gradient of the generator's loss by each of `generated`, float32
   *   [m, ...example shape]
   * @throws CONTEXT_LOST
   */
  judge(
    state: NetworkState,
    examples: Float32Array<ArrayBuffer>,
    generated: Float32Array<ArrayBuffer>,
    real: Float32Array<ArrayBuffer>,
  ): Promise<{
    readonly scores: Float32Array<ArrayBuffer>;
    readonly gradients: Float32Array<ArrayBuffer>;
  }>;
  /** Live tensors; must not grow from step to step. */
  tensors(): number;
  dispose(): void;
}
