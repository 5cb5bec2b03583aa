/** The batch-norm moments of a record, merged over passes and layers. */
import { emptyMoments, mergeMoments, type Moments } from '../moments.ts';
import { momentPasses, type RecordLayout, type UpdateRecord } from './update.ts';

/** By pass, then by batch-norm layer that trains. */
export type PassMoments = readonly (readonly Moments[])[];

export const emptyPasses = (layout: RecordLayout): Moments[][] =>
  Array.from({ length: momentPasses[layout.phase] }, () =>
    layout.batchNorms.map((entry) => emptyMoments(entry.channels)),
  );

/** Merges a record's moments into `passes`, in place. */
export function mergeRecord(
  layout: RecordLayout,
  record: Pick<UpdateRecord, 'statistics' | 'examples'>,
  passes: PassMoments,
): void {
  const { statistics, examples } = record;
  let at = layout.metricsLength + layout.saturationLength;
  for (const pass of passes) {
    layout.batchNorms.forEach(({ channels, positions }, layer) => {
      const mean = statistics.subarray(at, at + channels);
      const m2 = statistics.subarray(at + channels, at + 2 * channels);
      mergeMoments(pass[layer], examples * positions, mean, m2);
      at += 2 * channels;
    });
  }
}

/** Writes moments into the statistics of a record, as float32. */
export function writeMoments(layout: RecordLayout, passes: PassMoments, statistics: Float32Array): void {
  let at = layout.metricsLength + layout.saturationLength;
  for (const { mean, m2 } of passes.flat()) {
    statistics.set(mean, at);
    statistics.set(m2, at + mean.length);
    at += 2 * mean.length;
  }
}
