/** `summary.json`, written at the end of a run for people and scripts. */
export interface RunSummary {
  readonly preset: string;
  readonly seed: number;
  readonly iterations: number;
  /** Training time of all incarnations. */
  readonly seconds: number;
  readonly examplesPerSecond: number;
  readonly workers: { readonly joined: number; readonly lost: number; readonly quarantined: number };
  /**
   * `completed`: at least one block was used. `expired`: passed its deadline, or its worker left or gave it back.
   * `duplicate`: answered when no longer needed. `rejected`: answered with something that cannot be right.
   * `revoked`: called off, since another was lost in the middle of a step whose workers exchange statistics, or since its
   * own worker was quarantined. `audited`: opinions on records that more than one worker computed.
   * `stale`: answered when more versions had been made than the strategy `asynchronous` bears.
   */
  readonly leases: {
    readonly granted: number;
    readonly completed: number;
    readonly expired: number;
    readonly duplicate: number;
    readonly rejected: number;
    readonly revoked: number;
    readonly audited: number;
    readonly stale: number;
  };
  readonly bytes: { readonly up: number; readonly down: number };
  readonly losses: { readonly discriminator: number | null; readonly generator: number | null };
  /** 2-D data: captured modes, share of high-quality samples in [0, 1], and how many samples. */
  readonly metrics: { readonly modes?: number; readonly highQuality?: number; readonly samples?: number };
  /** 16 hexadecimal digits over both networks' parameters and running statistics. */
  readonly parametersChecksum: string;
}
