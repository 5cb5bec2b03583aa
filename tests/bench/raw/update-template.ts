/**
 * Updates without compute: one frame of given numbers, made and masked once; for a lease only what tells whose it is
 * changes: places in the header and in the records' heads, and the checksum. All connections share the rest.
 */
import {
  beginRecord,
  drawNormal,
  examplesPerBlock,
  headerBytes,
  newFrame,
  recordBytes,
  recordHeaderBytes,
  sealFrame,
  wireLayouts,
  type ModelPlan,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import { frameHead, masked } from './masked-frame.ts';

export interface RawLease {
  readonly lease: number;
  readonly version: number;
  readonly blocks: readonly number[];
}

export class UpdateTemplate {
  /** The frame as the coordinator reads it; rewritten for each lease. */
  readonly #plain: Uint8Array<ArrayBuffer>;
  /** All of it masked. What is rewritten is taken from `#plain` instead. */
  readonly #shared: Uint8Array<ArrayBuffer>;
  /** Where each record begins in the frame, and where the last one ends. */
  readonly #places: readonly number[];
  readonly #head: Uint8Array<ArrayBuffer>;

  /** @param lengths - blocks of each record */
  constructor(
    config: RunConfig,
    model: ModelPlan,
    phase: PhaseName,
    incarnation: number,
    lengths: readonly number[],
  ) {
    const layout = wireLayouts(model, config)[phase];
    const places = [headerBytes];
    for (const blocks of lengths) places.push(places[places.length - 1] + recordBytes(layout, blocks));
    this.#places = places;
    const gradient = new Float32Array(layout.gradientLength);
    drawNormal({ seed: 1, purpose: 'example' }, gradient);
    this.#plain = newFrame(
      {
        kind: 'update',
        codec: config.codec.up,
        incarnation,
        lease: 0,
        version: 0,
        phase,
        count: lengths.length,
        replica: 0,
      },
      places[lengths.length] - headerBytes,
    );
    const payload = this.#plain.subarray(headerBytes);
    for (const [index, blocks] of lengths.entries()) {
      const head = { firstBlock: index, blocks, examples: blocks * examplesPerBlock(config.batch) };
      const { encoded } = beginRecord(layout, payload, places[index] - headerBytes, head);
      layout.codec.encode(gradient, encoded, { seed: 1, purpose: 'rounding', example: index });
    }
    this.#shared = masked(this.#plain, 0);
    this.#head = frameHead(this.#plain.length);
  }

  /** Bytes of the message. */
  get bytes(): number {
    return this.#plain.length;
  }

  /**
   * What goes onto the socket for a lease, in order.
   *
   * @param records - the blocks of each: as many as the template's, and of the same lengths
   */
  partsFor({ lease, version }: RawLease, records: readonly (readonly number[])[]): Uint8Array<ArrayBuffer>[] {
    const view = new DataView(this.#plain.buffer);
    view.setUint32(12, lease, true);
    view.setUint32(16, version, true);
    records.forEach(([firstBlock], i) => view.setUint32(this.#places[i], firstBlock, true));
    sealFrame(this.#plain);
    const parts: Uint8Array<ArrayBuffer>[] = [this.#head];
    let from = 0;
    for (let i = 0; i < records.length; i++) {
      const body = this.#places[i] + recordHeaderBytes;
      const end = this.#places[i + 1];
      parts.push(masked(this.#plain.subarray(from, body), from), this.#shared.subarray(body, end));
      from = end;
    }
    return parts;
  }
}
