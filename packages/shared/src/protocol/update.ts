/**
 * The payload of an `update` frame: one record a block (with `batchNorm.statistics: "local"` one for the whole
 * lease). A record holds sums over its examples, never means:
 *
 *   u32 first block · u32 blocks · u32 examples · u32 gradient bytes
 *   gradient, in the frame's codec (float32 [trainableCount] of the phase's network)
 *   float32 [statisticsLength]: metrics; for each activation layer its saturation; then for each pass and batch-norm
 *   layer that trains mean [C], M2 [C]
 */
import type { PhaseName } from '../config.ts';
import { gantryError } from '../errors.ts';
import type { ModelPlan } from '../model/plan.ts';
import type { BatchNormEntry, NetworkPlan } from '../model/plan.ts';
import { floatsAt } from './frame.ts';

/**
 * Sums over examples that travel with each record; divided by all examples, means. `loss` is without the penalty.
 * `realAccuracy` and `fakeAccuracy` count the real and the generated examples that the discriminator takes for what they
 * are: by the sign of the score; with least squares by the nearer target, 1 or 0; with Wasserstein and relativistic
 * losses, whose scores have no zero, by which score of a pair is higher. A generator step without real examples has no
 * pairs: with Wasserstein it goes by the sign.
 */
export const metricNames = {
  discriminator: ['loss', 'penalty', 'realAccuracy', 'fakeAccuracy'],
  generator: ['loss', 'fakeAccuracy'],
} as const;

/** Passes through the batch-norm layers of the phase's network: real, then fake; or the generator's one. */
export const momentPasses = { discriminator: 2, generator: 1 } as const;

export const recordHeaderBytes = 16;

/** Where things lie in a record of one phase. Lengths count float32 numbers. */
export interface RecordLayout {
  readonly phase: PhaseName;
  readonly network: NetworkPlan;
  readonly gradientLength: number;
  readonly metricsLength: number;
  /** One number an activation layer: Σ over examples of the share of its outputs that are saturated; 0 if not looked at. */
  readonly saturationLength: number;
  /** The batch-norm layers whose moments travel: those that train, in layer order. */
  readonly batchNorms: readonly BatchNormEntry[];
  /** Examples that the discriminator judges together; 1: each by itself. */
  readonly pack: number;
  readonly statisticsLength: number;
}

export function recordLayout(model: ModelPlan, phase: PhaseName): RecordLayout {
  const network = model[phase];
  const metricsLength = metricNames[phase].length;
  const saturationLength = network.activations.length;
  const batchNorms = network.batchNorms.filter(({ trainable }) => trainable);
  const momentsLength = batchNorms.reduce((sum, { channels }) => sum + 2 * channels, 0);
  return {
    phase,
    network,
    gradientLength: network.trainableCount,
    metricsLength,
    saturationLength,
    batchNorms,
    pack: model.discriminator.pack,
    statisticsLength: metricsLength + saturationLength + momentPasses[phase] * momentsLength,
  };
}

export interface UpdateRecord {
  readonly firstBlock: number;
  readonly blocks: number;
  readonly examples: number;
  /** float32 [gradientLength]: Σ over examples of ∂loss/∂parameter. */
  readonly gradient: Float32Array<ArrayBuffer>;
  /** float32 [statisticsLength]. */
  readonly statistics: Float32Array<ArrayBuffer>;
}

export const recordBytes = (layout: RecordLayout): number =>
  recordHeaderBytes + 4 * (layout.gradientLength + layout.statisticsLength);

/** Writes a record's header and returns views for the rest, so that sums are made in place. */
export function beginRecord(
  layout: RecordLayout,
  payload: Uint8Array<ArrayBuffer>,
  index: number,
  head: { firstBlock: number; blocks: number; examples: number },
): UpdateRecord {
  const at = index * recordBytes(layout);
  const view = new DataView(payload.buffer, payload.byteOffset + at);
  view.setUint32(0, head.firstBlock, true);
  view.setUint32(4, head.blocks, true);
  view.setUint32(8, head.examples, true);
  view.setUint32(12, 4 * layout.gradientLength, true);
  const gradient = floatsAt(payload, at + recordHeaderBytes, layout.gradientLength);
  const statistics = floatsAt(
    payload,
    at + recordHeaderBytes + 4 * layout.gradientLength,
    layout.statisticsLength,
  );
  return { ...head, gradient, statistics };
}

/**
 * Reads `count` records as views on the payload.
 *
 * @throws UPDATE_INVALID where sizes do not fit the model
 */
export function readRecords(
  layout: RecordLayout,
  payload: Uint8Array<ArrayBuffer>,
  count: number,
  lease: number,
): UpdateRecord[] {
  const size = recordBytes(layout);
  if (payload.length !== count * size) {
    throw gantryError('UPDATE_INVALID', lease, `${payload.length} bytes are not ${count} records of ${size}`);
  }
  const records: UpdateRecord[] = [];
  for (let at = 0; at < payload.length; at += size) {
    const view = new DataView(payload.buffer, payload.byteOffset + at);
    const gradientBytes = view.getUint32(12, true);
    if (gradientBytes !== 4 * layout.gradientLength) {
      throw gantryError(
        'UPDATE_INVALID',
        lease,
        `a gradient has ${gradientBytes} bytes, not ${4 * layout.gradientLength}`,
      );
    }
    records.push({
      firstBlock: view.getUint32(0, true),
      blocks: view.getUint32(4, true),
      examples: view.getUint32(8, true),
      gradient: floatsAt(payload, at + recordHeaderBytes, layout.gradientLength),
      statistics: floatsAt(payload, at + recordHeaderBytes + gradientBytes, layout.statisticsLength),
    });
  }
  return records;
}
