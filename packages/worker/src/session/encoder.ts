/** From records in float32, as backends write them, to records in the codec of the wire. */
import {
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

  /** Bytes of an update of so many parts. */
  bytes(phase: PhaseName, parts: number): number {
    return parts * sizeOf(this.#of(this.#wire, phase));
  }

  /** Where a backend writes them: in the payload itself, if that is in float32. */
  plain(phase: PhaseName, parts: number, payload: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (this.#config.codec.up === 'float32') return payload;
    const bytes = parts * sizeOf(this.#of(this.#plain, phase));
    if (this.#scratch.length < bytes) this.#scratch = new Uint8Array(bytes);
    return this.#scratch.subarray(0, bytes);
  }

  /**
   * @param plain - as `plain` gave it, written; changed where errors are fed back
   * @param step - of the phase: part of the address of random numbers
   */
  encode(
    plain: Uint8Array<ArrayBuffer>,
    payload: Uint8Array<ArrayBuffer>,
    task: { readonly lease: number; readonly phase: PhaseName; readonly step: number },
    parts: number,
  ): void {
    if (plain === payload) return;
    const { seed } = this.#config;
    const phases = recordPhases(task.phase, this.#config);
    const records = readRecords(this.#of(this.#plain, task.phase), plain, parts, task.lease);
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

const sizeOf = (layouts: readonly RecordLayout[]): number =>
  layouts.reduce((sum, layout) => sum + recordBytes(layout), 0);
