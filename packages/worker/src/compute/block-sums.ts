/** Sums over a block: microbatches added in their order, in float32, straight into the record that will be sent. */
import {
  emptyMoments,
  mergeMoments,
  metricNames,
  momentPasses,
  type Moments,
  type NetworkPlan,
  type RecordLayout,
  type PlainRecord,
} from '@gantry/shared';
import type { LossTerms } from './losses.ts';
import type { MicrobatchSums } from './microbatch.ts';
import { readBack } from './read-back.ts';
import type * as tf from './tf.ts';

export class BlockSums {
  /** Pass by pass, then batch-norm layer by layer, as in the record. */
  readonly moments: readonly Moments[];
  private readonly layout: RecordLayout;
  private readonly record: PlainRecord;
  private readonly right: LossTerms['right'];
  private readonly parameters: NetworkPlan['parameters'];
  /** Nothing was added: what lies in the gradient's place is not a sum yet. */
  private empty = true;

  /** @param right - which scores are counted as right */
  constructor(layout: RecordLayout, record: PlainRecord, right: LossTerms['right']) {
    this.right = right;
    this.layout = layout;
    this.record = record;
    this.moments = Array.from({ length: momentPasses[layout.phase] }, () => layout.batchNorms).flatMap(
      (entries) => entries.map(({ channels }) => emptyMoments(channels)),
    );
    this.parameters = layout.network.parameters.filter(({ trainable }) => trainable);
    record.statistics.fill(0);
  }

  /** Adds a microbatch of `examples` examples; its tensors stay the caller's. */
  async add(sums: MicrobatchSums, examples: number): Promise<void> {
    const { batchNorms, metricsLength } = this.layout;
    const gradients = this.parameters.map(({ name }) => sums.gradients[name]);
    const tensors: tf.Tensor[] = [sums.scores, sums.loss];
    if (sums.penalty !== null) tensors.push(sums.penalty);
    const momentsAt = tensors.length;
    for (const { mean, m2 } of sums.moments) tensors.push(mean, m2);
    const saturationAt = tensors.length;
    if (sums.saturation !== null) tensors.push(...sums.saturation);
    const gradientsAt = tensors.length;
    for (const gradient of gradients) if (gradient !== undefined) tensors.push(gradient);

    await readBack(tensors, (values) => {
      let next = gradientsAt;
      this.parameters.forEach(({ offset, size }, index) => {
        const total = this.record.gradient.subarray(offset, offset + size);
        if (gradients[index] === undefined) {
          if (this.empty) total.fill(0); // no path from the loss
          return;
        }
        const part = values[next++];
        if (this.empty) total.set(part);
        else for (let i = 0; i < size; i++) total[i] += part[i];
      });
      this.empty = false;
      this.addMetrics(values[0], values[1][0], sums.penalty === null ? 0 : values[2][0], examples);
      sums.saturation?.forEach((_, layer) => {
        this.record.statistics[metricsLength + layer] += values[saturationAt + layer][0];
      });
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
    const { phase, pack: weight } = this.layout; // where examples are judged in packs, a score counts for all of it
    const { realCorrect, fakeCorrect } = correct(scores, examples / weight, this.right);
    const metrics: Readonly<Record<string, number>> = {
      loss,
      penalty,
      realAccuracy: realCorrect * weight,
      fakeAccuracy: fakeCorrect * weight,
    };
    metricNames[phase].forEach((name, index) => {
      this.record.statistics[index] += metrics[name];
    });
  }

  /** Writes the merged moments, as float32. */
  finish(): void {
    let at = this.layout.metricsLength + this.layout.saturationLength;
    for (const { mean, m2 } of this.moments) {
      this.record.statistics.set(mean, at);
      this.record.statistics.set(m2, at + mean.length);
      at += 2 * mean.length;
    }
  }
}

/**
 * How many scores are right.
 *
 * @param scores - of `judged` generated examples; where there are twice as many, those of real ones come first
 */
function correct(
  scores: Float32Array,
  judged: number,
  right: LossTerms['right'],
): { readonly realCorrect: number; readonly fakeCorrect: number } {
  const fakes = scores.length - judged; // where they begin
  let realCorrect = 0;
  let fakeCorrect = 0;
  for (let i = 0; i < judged; i++) {
    const fake = scores[fakes + i];
    if (right === 'pair' && fakes > 0) {
      if (scores[i] > fake) fakeCorrect += 1;
      continue;
    }
    const threshold = right === 'pair' ? 0 : right.threshold;
    if (fake < threshold) fakeCorrect += 1;
    if (fakes > 0 && scores[i] > threshold) realCorrect += 1;
  }
  return { realCorrect: right === 'pair' ? fakeCorrect : realCorrect, fakeCorrect };
}
