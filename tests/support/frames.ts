/** Frames that workers send, made by hand: right ones, and right ones of which something is changed. */
import {
  alignedRuns,
  beginRecord,
  examplesPerBlock,
  exchangeLength,
  exchangesOf,
  floatsAt,
  hasWholeRecords,
  headerBytes,
  newFrame,
  recordBytes,
  recordPhases,
  sealFrame,
  wireLayouts,
  type LeaseMessage,
  type ModelPlan,
  type RecordLayout,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';

export type Bytes = Uint8Array<ArrayBuffer>;

/** What an answer is made from. */
export interface Place {
  readonly config: RunConfig;
  readonly model: ModelPlan;
  readonly incarnation: number;
}

export type Answered = Pick<LeaseMessage, 'lease' | 'version' | 'phase' | 'blocks' | 'round'>;

/** Layouts of the records of one part. */
export function layoutsOf({ config, model }: Place, { phase }: Pick<Answered, 'phase'>): RecordLayout[] {
  const all = wireLayouts(model, config);
  return recordPhases(phase, config).map((each) => all[each]);
}

/** Blocks of the parts of an update, as a worker sends them: neighbours joined where they may be. */
export function partsOf(place: Place, { blocks }: Pick<Answered, 'blocks'>): readonly (readonly number[])[] {
  const { config, model } = place;
  if (hasWholeRecords(config)) return [blocks];
  return wireLayouts(model, config).discriminator.joins
    ? alignedRuns(blocks)
    : blocks.map((block) => [block]);
}

/**
 * An answer to a lease that nothing is wrong with but its numbers.
 *
 * @param parts - blocks of each
 * @param write - a record's numbers, which are 0.01 without it
 */
export function updateFrame(
  place: Place,
  answered: Answered,
  parts = partsOf(place, answered),
  write: (record: UpdateRecord, layout: RecordLayout) => void = () => undefined,
): Bytes {
  const { config, incarnation } = place;
  const { lease, version, phase, round } = answered;
  const layouts = layoutsOf(place, answered);
  const bytes = parts.reduce(
    (sum, { length }) => sum + layouts.reduce((part, layout) => part + recordBytes(layout, length), 0),
    0,
  );
  const { up: codec } = config.codec;
  const frame = newFrame(
    { kind: 'update', codec, incarnation, lease, version, phase, count: parts.length, replica: 0 },
    bytes,
  );
  let at = 0;
  for (const blocks of parts) {
    for (const layout of layouts) {
      const each =
        round === undefined
          ? examplesPerBlock(config.batch)
          : round.iterations * round.lengths[layout.phase] * config.batch.global;
      const head = { firstBlock: blocks[0] ?? 0, blocks: blocks.length, examples: each * blocks.length };
      const record = beginRecord(layout, frame.subarray(headerBytes), at, head);
      layout.codec.encode(new Float32Array(layout.gradientLength).fill(0.01), record.encoded, {
        seed: config.seed,
        purpose: 'rounding',
      });
      record.statistics.fill(0.01);
      write(record, layout);
      at += recordBytes(layout, blocks.length);
    }
  }
  return sealFrame(frame);
}

/** What a lease contributes to an exchange, all its numbers 0.01. @param blocks - of the lease */
export function contributionFrame(
  { config, model, incarnation }: Place,
  { lease, version, phase, blocks }: Answered,
  exchange: number,
): Bytes {
  const specs = exchangesOf(model, phase, config.loss);
  const length = blocks.length * (exchange < specs.length ? exchangeLength(specs[exchange]) : 1);
  const frame = newFrame(
    {
      kind: 'contribution',
      codec: 'float32',
      incarnation,
      lease,
      version,
      phase,
      count: exchange,
      replica: 0,
    },
    4 * length,
  );
  floatsAt(frame, headerBytes, length).fill(0.01);
  return sealFrame(frame);
}

/** A sheet of images or points. @param payload - its bytes */
export const sheetFrame = (
  { incarnation }: Place,
  { lease, version }: Pick<Answered, 'lease' | 'version'>,
  count: number,
  payload: number,
): Bytes =>
  sealFrame(
    newFrame(
      {
        kind: 'evaluation',
        codec: 'float32',
        incarnation,
        lease,
        version,
        phase: 'generator',
        count,
        replica: 0,
      },
      payload,
    ),
  );

/** Byte offsets of what a header holds. */
export const headerField = {
  magic: 0,
  format: 4,
  kind: 6,
  codec: 7,
  incarnation: 8,
  lease: 12,
  version: 16,
  phase: 20,
  reserved: 21,
  count: 24,
  payloadLength: 28,
  base: 32,
  checksum: 36,
  replica: 40,
  took: 44,
} as const;

/** Byte offsets, in a frame, of what the head of its first record holds. */
export const headField = {
  firstBlock: headerBytes,
  blocks: headerBytes + 4,
  examples: headerBytes + 8,
  gradientBytes: headerBytes + 12,
} as const;

/** A copy with something changed, and a checksum that is right again. */
export function changed(frame: Bytes, change: (view: DataView, frame: Bytes) => void): Bytes {
  const copy = frame.slice();
  change(new DataView(copy.buffer), copy);
  return sealFrame(copy);
}

/** A copy of which one byte of the header, or 4 of anything, are others. */
export const withByte = (frame: Bytes, at: number, value: number): Bytes =>
  changed(frame, (view) => view.setUint8(at, value));
export const withWord = (frame: Bytes, at: number, value: number): Bytes =>
  changed(frame, (view) => view.setUint32(at, value, true));

/** A copy with another payload, its length and checksum right. */
export function withPayload(frame: Bytes, payload: Uint8Array): Bytes {
  const copy = new Uint8Array(headerBytes + payload.length);
  copy.set(frame.subarray(0, headerBytes));
  copy.set(payload, headerBytes);
  return withWord(copy, headerField.payloadLength, payload.length);
}
