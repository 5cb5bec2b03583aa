/**
 * Running statistics of a worker that keeps its own (`batchNorm.statistics: "local"`): they begin where the run's do, are
 * moved by its own leases, never shared, and used wherever this worker evaluates. Layers that do not train keep the run's.
 */
import { updateRunning, type Moments, type NetworkPlan } from '@gantry/shared';

export class OwnRunning {
  readonly values: Float32Array<ArrayBuffer>;
  private readonly plan: NetworkPlan;
  private readonly momentum: number;
  private begun = false;

  constructor(plan: NetworkPlan, momentum: number) {
    this.plan = plan;
    this.momentum = momentum;
    this.values = new Float32Array(plan.runningLength);
  }

  /** @param running - the run's, float32 [runningLength]; those given first are begun from */
  begin(running: Float32Array): void {
    if (!this.begun) this.values.set(running);
    this.begun = true;
  }

  /** @param moments - pass by pass, then layer by layer */
  update(moments: readonly Moments[]): void {
    const batchNorms = this.plan.batchNorms.filter(({ trainable }) => trainable);
    moments.forEach((batch, index) => {
      const { offset, channels } = batchNorms[index % batchNorms.length];
      updateRunning(
        this.values.subarray(offset, offset + channels),
        this.values.subarray(offset + channels, offset + 2 * channels),
        batch,
        this.momentum,
      );
    });
  }
}
