/**
 * Updates without compute: one frame of given numbers, made and masked once; for a lease only what tells whose it is
 * changes: places in the header and in the records' heads, and the checksum. All connections share the rest.
 */
import {
  beginRecord,
  blocksPerStep,
  drawNormal,
  examplesPerBlock,
  hasWholeRecords,
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
  readonly #recordBytes: number;
  readonly #records: number;
  readonly #blocks: number;
  readonly #head: Uint8Array<ArrayBuffer>;

  /** @param records - blocks of each lease */
  constructor(config: RunConfig, model: ModelPlan, phase: PhaseName, incarnation: number, records: number) {
    const layout = wireLayouts(model, config)[phase];
    this.#blocks = records;
    // A sparse update has one record for its whole lease.
    const whole = hasWholeRecords(config);
    this.#records = whole ? 1 : records;
    this.#recordBytes = recordBytes(layout);
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
        count: this.#records,
        replica: 0,
      },
      this.#records * this.#recordBytes,
    );
    const payload = this.#plain.subarray(headerBytes);
    for (let index = 0; index < this.#records; index++) {
      const blocks = whole ? records : 1;
      const firstBlock = index % blocksPerStep(config.batch);
      const head = { firstBlock, blocks, examples: blocks * examplesPerBlock(config.batch) };
      const { encoded } = beginRecord(layout, payload, index * this.#recordBytes, head);
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
   * @throws TypeError for a lease of another size than the template's
   */
  partsFor({ lease, version, blocks }: RawLease): Uint8Array<ArrayBuffer>[] {
    if (blocks.length !== this.#blocks) {
      throw new TypeError(`A lease of ${blocks.length} blocks, where ${this.#blocks} were expected`);
    }
    const view = new DataView(this.#plain.buffer);
    view.setUint32(12, lease, true);
    view.setUint32(16, version, true);
    for (let i = 0; i < this.#records; i++) {
      view.setUint32(headerBytes + i * this.#recordBytes, blocks[i], true);
    }
    sealFrame(this.#plain);
    const parts: Uint8Array<ArrayBuffer>[] = [this.#head];
    let from = 0;
    for (let i = 0; i < this.#records; i++) {
      const body = headerBytes + i * this.#recordBytes + recordHeaderBytes;
      const end = headerBytes + (i + 1) * this.#recordBytes;
      parts.push(masked(this.#plain.subarray(from, body), from), this.#shared.subarray(body, end));
      from = end;
    }
    return parts;
  }
}
