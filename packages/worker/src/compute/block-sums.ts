/** Sums over a block: microbatches added in their order, in float32, straight into the record that will be sent. */
import {
  emptyMoments,
  mergeMoments,
  metricNames,
  momentPasses,
  type Moments,
  type RecordLayout,
  type UpdateRecord,
} from '@gantry/shared';
import type { MicrobatchSums } from './microbatch.ts';
import { readBack } from './read-back.ts';
import type * as tf from './tf.ts';

export class BlockSums {
  /** Pass by pass, then batch-norm layer by layer, as in the record. */
  readonly moments: readonly Moments[];
  private readonly layout: RecordLayout;
  private readonly record: UpdateRecord;

  constructor(layout: RecordLayout, record: UpdateRecord) {
    this.layout = layout;
    this.record = record;
    this.moments = Array.from(
      { length: momentPasses[layout.phase] },
      () => layout.network.batchNorms,
    ).flatMap((entries) => entries.map(({ channels }) => emptyMoments(channels)));
    record.gradient.fill(0);
    record.statistics.fill(0);
  }

  /** Adds a microbatch of `examples` examples; its tensors stay the caller's. */
  async add(sums: MicrobatchSums, examples: number): Promise<void> {
    const { parameters, batchNorms } = this.layout.network;
    const gradients = parameters.map(({ name }) => sums.gradients[name]);
    const tensors: tf.Tensor[] = [sums.scores, sums.loss];
    if (sums.penalty !== null) tensors.push(sums.penalty);
    const momentsAt = tensors.length;
    for (const { mean, m2 } of sums.moments) tensors.push(mean, m2);
    const gradientsAt = tensors.length;
    for (const gradient of gradients) if (gradient !== undefined) tensors.push(gradient);

    await readBack(tensors, (values) => {
      let next = gradientsAt;
      parameters.forEach(({ offset, size }, index) => {
        if (gradients[index] === undefined) return; // no path from the loss: zero
        const total = this.record.gradient.subarray(offset, offset + size);
        const part = values[next++];
        for (let i = 0; i < size; i++) total[i] += part[i];
      });
      this.addMetrics(values[0], values[1][0], sums.penalty === null ? 0 : values[2][0], examples);
      sums.moments.forEach(({ n }, layer) => {
        const mean = values[momentsAt + 2 * layer];
        const m2 = values[momentsAt + 2 * layer + 1];
        const { channels } = batchNorms[layer];
        for (let pass = 0; pass < momentPasses[this.layout.phase]; pass++) {
          const from = pass * channels;
          const into = this.moments[pass * batchNorms.length + layer];
          mergeMoments(into, n, mean.subarray(from, from + channels), m2.subarray(from, from + channels));
        }
      });
    });
  }

  private addMetrics(scores: Float32Array, loss: number, penalty: number, examples: number): void {
    const { phase } = this.layout;
    const fakes = phase === 'discriminator' ? examples : 0; // where the fakes' scores begin
    let realCorrect = 0;
    let fakeCorrect = 0;
    for (let i = 0; i < fakes; i++) if (scores[i] > 0) realCorrect += 1;
    for (let i = fakes; i < fakes + examples; i++) if (scores[i] < 0) fakeCorrect += 1;
    const metrics: Readonly<Record<string, number>> = { loss, penalty, realCorrect, fakeCorrect };
    metricNames[phase].forEach((name, index) => {
      this.record.statistics[index] += metrics[name];
    });
  }

  /** Writes the merged moments, as float32. */
  finish(): void {
    let at = this.layout.metricsLength;
    for (const { mean, m2 } of this.moments) {
      this.record.statistics.set(mean, at);
      this.record.statistics.set(m2, at + mean.length);
      at += 2 * mean.length;
    }
  }
}
