/**
 * The payload of an `update` frame: records, one a block. A record holds sums over its examples, never means:
 *
 *   u32 first block · u32 blocks · u32 examples · u32 gradient bytes
 *   gradient, in the frame's codec ([trainableCount] of the phase's network)
 *   float32 [statisticsLength]: metrics; for each activation layer its saturation; then for each pass and batch-norm
 *   layer that trains mean [C], M2 [C]
 *
 * Where the codec is `float32` and blocks are to be summed, neighbouring blocks that are a node of the tree in which the coordinator sums (as many as a
 * power of two, the first a multiple of that) travel as their sum, with the statistics of each: it is the same there.
 *
 * There is one record for the whole lease with `batchNorm.statistics: "local"`; with the codec `topk`, whose errors are fed
 * back from one lease to the next; and with the strategy `asynchronous`, whose leases are whole steps. With the strategy `local` there are two a slot, the discriminator's and the
 * generator's, which hold the change of the parameters times the examples in the gradient's place.
 */
import { phaseNames, type PhaseName, type RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import type { ModelPlan } from '../model/plan.ts';
import type { BatchNormEntry, NetworkPlan } from '../model/plan.ts';
import type { Codec } from '../codec/codec.ts';
import { createCodec } from '../codec/create.ts';
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
  readonly codec: Codec;
  /** Whether a record may hold the sum of neighbouring blocks, with the statistics of each. */
  readonly joins: boolean;
  readonly metricsLength: number;
  /** One number an activation layer: Σ over examples of the share of its outputs that are saturated; 0 if not looked at. */
  readonly saturationLength: number;
  /** The batch-norm layers whose moments travel: those that train, in layer order. */
  readonly batchNorms: readonly BatchNormEntry[];
  /** Examples that the discriminator judges together; 1: each by itself. */
  readonly pack: number;
  readonly statisticsLength: number;
}

/** As backends compute: in float32. */
const plain = createCodec('float32', { topkShare: 1 });

/** @param codec - of the gradient; float32 without it */
export function recordLayout(
  model: ModelPlan,
  phase: PhaseName,
  codec: Codec = plain,
  joins = false,
): RecordLayout {
  const network = model[phase];
  const metricsLength = metricNames[phase].length;
  const saturationLength = network.activations.length;
  const batchNorms = network.batchNorms.filter(({ trainable }) => trainable);
  const momentsLength = batchNorms.reduce((sum, { channels }) => sum + 2 * channels, 0);
  return {
    phase,
    network,
    gradientLength: network.trainableCount,
    codec,
    joins,
    metricsLength,
    saturationLength,
    batchNorms,
    pack: model.discriminator.pack,
    statisticsLength: metricsLength + saturationLength + momentPasses[phase] * momentsLength,
  };
}

export type RecordLayouts = Readonly<Record<PhaseName, RecordLayout>>;

/** As they travel, in the codec of updates. */
export function wireLayouts(
  model: ModelPlan,
  config: Pick<RunConfig, 'aggregation'> & Recorded,
): RecordLayouts {
  const up = createCodec(config.codec.up, config.codec);
  // Sums in float32 are the same wherever they are made. What another codec loses depends on what was summed before.
  const sum = config.aggregation.kind === 'sum';
  const joins = sum && up.name === 'float32' && !hasWholeRecords(config);
  return {
    discriminator: recordLayout(model, 'discriminator', up, joins),
    generator: recordLayout(model, 'generator', up, joins),
  };
}

/** The phases whose records an update of `phase` has, for each of its parts. */
export const recordPhases = (
  phase: PhaseName,
  { strategy }: Pick<RunConfig, 'strategy'>,
): readonly PhaseName[] => (strategy.kind === 'local' ? phaseNames : [phase]);

/** Whether an update has one record for its whole lease, whose blocks are consecutive. */
export const hasWholeRecords = ({ batchNorm, codec, strategy }: Recorded): boolean =>
  batchNorm.statistics === 'local' || codec.up === 'topk' || strategy.kind === 'asynchronous';

type Recorded = Pick<RunConfig, 'batchNorm' | 'codec' | 'strategy'>;

export interface RecordHead {
  readonly firstBlock: number;
  readonly blocks: number;
  readonly examples: number;
}

export interface UpdateRecord extends RecordHead {
  /** The gradient in the layout's codec: Σ over examples of ∂loss/∂parameter, [gradientLength]. */
  readonly encoded: Uint8Array<ArrayBuffer>;
  /** float32 [statisticsLength]; [blocks, statisticsLength] where the layout joins blocks. */
  readonly statistics: Float32Array<ArrayBuffer>;
}

/** A record whose gradient is in float32, in place. */
export interface PlainRecord extends RecordHead {
  /** float32 [gradientLength] */
  readonly gradient: Float32Array<ArrayBuffer>;
  readonly statistics: Float32Array<ArrayBuffer>;
}

const gradientBytes = ({ codec, gradientLength }: RecordLayout): number => codec.bytes(gradientLength);

const statisticsOf = ({ joins, statisticsLength }: RecordLayout, blocks: number): number =>
  statisticsLength * (joins ? blocks : 1);

/** @param blocks - of the record */
export const recordBytes = (layout: RecordLayout, blocks = 1): number =>
  recordHeaderBytes + gradientBytes(layout) + 4 * statisticsOf(layout, blocks);

/**
 * Writes a record's header and returns views for the rest.
 *
 * @param byteOffset - of the record in `payload`, a multiple of 4
 */
export function beginRecord(
  layout: RecordLayout,
  payload: Uint8Array<ArrayBuffer>,
  byteOffset: number,
  { firstBlock, blocks, examples }: RecordHead,
): UpdateRecord {
  const view = new DataView(payload.buffer, payload.byteOffset + byteOffset);
  view.setUint32(0, firstBlock, true);
  view.setUint32(4, blocks, true);
  view.setUint32(8, examples, true);
  view.setUint32(12, gradientBytes(layout), true);
  return recordAt(layout, payload, byteOffset);
}

/** @param record - of a layout in float32 */
export const plainRecord = ({ encoded, ...rest }: UpdateRecord): PlainRecord => ({
  ...rest,
  gradient: floatsAt(encoded, 0, encoded.length / 4),
});

function recordAt(layout: RecordLayout, payload: Uint8Array<ArrayBuffer>, byteOffset: number): UpdateRecord {
  const view = new DataView(payload.buffer, payload.byteOffset + byteOffset);
  const from = byteOffset + recordHeaderBytes;
  const to = from + gradientBytes(layout);
  const blocks = view.getUint32(4, true);
  return {
    firstBlock: view.getUint32(0, true),
    blocks,
    examples: view.getUint32(8, true),
    encoded: payload.subarray(from, to),
    statistics: floatsAt(payload, to, statisticsOf(layout, blocks)),
  };
}

/** Of each block of a record by itself, where it joins several; else of the record. */
export function* statisticsByBlock(
  { joins, statisticsLength }: RecordLayout,
  { firstBlock, blocks, examples, statistics }: Omit<UpdateRecord, 'encoded'>,
): Generator<Omit<UpdateRecord, 'encoded'>> {
  if (!joins) {
    yield { firstBlock, blocks, examples, statistics };
    return;
  }
  for (let i = 0; i < blocks; i++) {
    const own = statistics.subarray(i * statisticsLength, (i + 1) * statisticsLength);
    yield { firstBlock: firstBlock + i, blocks: 1, examples: examples / blocks, statistics: own };
  }
}

/**
 * Reads the records of `parts` parts as views on the payload.
 *
 * @param layouts - of each of a part's records, in order
 * @returns of each part, its records
 * @throws UPDATE_INVALID where sizes do not fit the model
 */
export function readRecords(
  layouts: readonly RecordLayout[],
  payload: Uint8Array<ArrayBuffer>,
  parts: number,
  lease: number,
): UpdateRecord[][] {
  const least = layouts.reduce((sum, layout) => sum + recordBytes(layout), 0);
  const wrong = (): Error =>
    gantryError(
      'UPDATE_INVALID',
      lease,
      `${payload.length} bytes are not ${parts} ${parts === 1 ? 'part' : 'parts'} of ${least}${layouts[0].joins ? ' or more' : ''}`,
    );
  if (payload.length < parts * least) throw wrong();
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  let at = 0;
  const read = (layout: RecordLayout): UpdateRecord => {
    // As far as its head there must be something to read; how much it claims is seen there.
    if (at + recordHeaderBytes > payload.length) throw wrong();
    if (at + recordBytes(layout, view.getUint32(at + 4, true)) > payload.length) throw wrong();
    const found = view.getUint32(at + 12, true);
    const expected = gradientBytes(layout);
    if (found !== expected) {
      throw gantryError('UPDATE_INVALID', lease, `a gradient has ${found} bytes, not ${expected}`);
    }
    const record = recordAt(layout, payload, at);
    at += recordBytes(layout, record.blocks);
    return record;
  };
  const all = Array.from({ length: parts }, () => layouts.map(read));
  if (at !== payload.length) throw wrong();
  return all;
}

/** The records that a backend wrote: one a part, in float32. @throws UPDATE_INVALID */
export const readPlainRecords = (
  layout: RecordLayout,
  payload: Uint8Array<ArrayBuffer>,
  parts: number,
): PlainRecord[] => readRecords([layout], payload, parts, 0).map(([record]) => plainRecord(record));
