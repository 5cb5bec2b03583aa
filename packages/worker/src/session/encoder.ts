/** From records in float32, as backends write them, to those that travel: neighbours joined, or in the codec of the wire. */
import {
  alignedRuns,
  beginRecord,
  phaseNumber,
  plainRecord,
  readRecords,
  recordBytes,
  recordLayout,
  recordPhases,
  wireLayouts,
  type ModelPlan,
  type PhaseName,
  type RecordLayout,
  type RecordLayouts,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import { ErrorFeedback } from './error-feedback.ts';

export class UpdateEncoder {
  /** With the codec `topk`; null in others. */
  readonly feedback: ErrorFeedback | null;
  readonly #config: RunConfig;
  readonly #plain: RecordLayouts;
  readonly #wire: RecordLayouts;
  /** Records in float32, before they are encoded; grows as needed. */
  #scratch = new Uint8Array(0);

  constructor(model: ModelPlan, config: RunConfig) {
    this.#config = config;
    this.#plain = {
      discriminator: recordLayout(model, 'discriminator'),
      generator: recordLayout(model, 'generator'),
    };
    this.#wire = wireLayouts(model, config);
    this.feedback = config.codec.up === 'topk' ? new ErrorFeedback() : null;
  }

  /** How the parts that a backend computes travel: neighbours joined, where they may be. @param parts - blocks of each */
  joined(parts: readonly (readonly number[])[]): readonly (readonly number[])[] {
    return this.#wire.discriminator.joins ? alignedRuns(parts.flat()) : parts;
  }

  /** Bytes of an update of such parts. @param parts - as they travel */
  bytes(phase: PhaseName, parts: readonly (readonly number[])[]): number {
    const layouts = this.#of(this.#wire, phase);
    return parts.reduce((sum, { length }) => sum + sizeOf(layouts, length), 0);
  }

  /** Where a backend writes: in the payload itself, if that is the same. @param parts - that it computes */
  plain(
    phase: PhaseName,
    parts: readonly (readonly number[])[],
    payload: Uint8Array<ArrayBuffer>,
  ): Uint8Array<ArrayBuffer> {
    const same = this.joined(parts).length === parts.length;
    if (this.#config.codec.up === 'float32' && same) return payload;
    const bytes = parts.length * sizeOf(this.#of(this.#plain, phase), 1);
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(bytes);
    return this.#scratch.subarray(0, bytes);
  }

  /** Gradients of what `plain` gave, written: views. @param parts - that were computed */
  gradients(
    plain: Uint8Array<ArrayBuffer>,
    { phase, lease }: { readonly phase: PhaseName; readonly lease: number },
    parts: readonly (readonly number[])[],
  ): readonly Float32Array[] {
    const records = readRecords(this.#of(this.#plain, phase), plain, parts.length, lease);
    return records.flat().map((record) => plainRecord(record).gradient);
  }

  /**
   * @param plain - as `plain` gave it, written; changed
   * @param step - of the phase: part of the address of random numbers
   * @param parts - that were computed
   */
  encode(
    plain: Uint8Array<ArrayBuffer>,
    payload: Uint8Array<ArrayBuffer>,
    task: { readonly lease: number; readonly phase: PhaseName; readonly step: number },
    parts: readonly (readonly number[])[],
  ): void {
    if (plain === payload) return;
    const { phase, lease } = task;
    const records = readRecords(this.#of(this.#plain, phase), plain, parts.length, lease);
    if (this.#wire.discriminator.joins) this.#join(records, phase, payload);
    else this.#encode(records, task, payload);
  }

  /** Sums neighbours as the coordinator would: two and two, then fours. */
  #join(
    records: readonly (readonly UpdateRecord[])[],
    phase: PhaseName,
    payload: Uint8Array<ArrayBuffer>,
  ): void {
    const phases = recordPhases(phase, this.#config);
    let at = 0;
    let next = 0;
    for (const run of alignedRuns(records.map(([{ firstBlock }]) => firstBlock))) {
      const parts = records.slice(next, next + run.length);
      next += run.length;
      phases.forEach((each, i) => {
        const layout = this.#wire[each];
        const own = parts.map((part) => plainRecord(part[i]));
        for (let step = 1; step < own.length; step *= 2) {
          for (let left = 0; left < own.length; left += 2 * step) {
            layout.codec.addTo(parts[left + step][i].encoded, own[left].gradient);
          }
        }
        const examples = own.reduce((sum, record) => sum + record.examples, 0);
        const head = { firstBlock: run[0], blocks: run.length, examples };
        const { encoded, statistics } = beginRecord(layout, payload, at, head);
        encoded.set(parts[0][i].encoded);
        own.forEach((record, block) => statistics.set(record.statistics, block * layout.statisticsLength));
        at += recordBytes(layout, run.length);
      });
    }
  }

  #encode(
    records: readonly (readonly UpdateRecord[])[],
    task: { readonly lease: number; readonly phase: PhaseName; readonly step: number },
    payload: Uint8Array<ArrayBuffer>,
  ): void {
    const { seed } = this.#config;
    const phases = recordPhases(task.phase, this.#config);
    let at = 0;
    for (const part of records) {
      part.forEach((record, i) => {
        const phase = phases[i];
        const layout = this.#wire[phase];
        const { gradient, statistics } = plainRecord(record);
        const { encoded, statistics: sent } = beginRecord(layout, payload, at, record);
        sent.set(statistics);
        this.feedback?.correct(phase, gradient);
        const example = record.firstBlock;
        const place = { phase: phaseNumber[phase], step: task.step, example };
        layout.codec.encode(gradient, encoded, { seed, purpose: 'rounding', ...place });
        if (this.feedback) {
          layout.codec.subtractFrom(encoded, gradient);
          this.feedback.keep(task.lease, phase, gradient);
        }
        at += recordBytes(layout);
      });
    }
  }

  #of(layouts: RecordLayouts, phase: PhaseName): RecordLayout[] {
    return recordPhases(phase, this.#config).map((each) => layouts[each]);
  }
}

/** Bytes of a part. @param blocks - of it */
const sizeOf = (layouts: readonly RecordLayout[], blocks: number): number =>
  layouts.reduce((sum, layout) => sum + recordBytes(layout, blocks), 0);
