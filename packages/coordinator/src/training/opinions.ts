/** What several workers computed for the same record, compared. */
import {
  metricNames,
  momentPasses,
  statisticsByBlock,
  type BackendTest,
  type PhaseName,
  type RecordLayout,
  type RecordLayouts,
  type UpdateRecord,
} from '@gantry/shared';

type Backend = BackendTest['backend'];

/** A record, and the phase it is of: a part of an update in the strategy `local` has two. */
export interface OpinionRecord {
  readonly phase: PhaseName;
  readonly record: UpdateRecord;
}

interface Opinion {
  readonly worker: number;
  readonly backend: Backend | null;
  readonly records: readonly OpinionRecord[];
}

/**
 * Relative errors up to which two gradients are the same. On wasm they are equal to the bit, so this leaves room only for
 * what an engine may do; a graphics processor rounds as it likes (the known-answer test allows it as much).
 */
const tolerances: Readonly<Record<Backend, number>> = { wasm: 1e-5, cpu: 1e-4, webgl: 1e-3 };
/** What a codec adds, where the numbers that it rounds differ in their last bits. */
const codecTolerances = { float32: 0, float16: 1e-3, int8: 0.02, topk: Infinity } as const;
/** Of statistics between backends: an accuracy counts examples, and one of them may lie on the line. */
const countTolerance = 0.1;
/** Versions for which an auditor is waited for. */
const remembered = 16;

export class Opinions {
  readonly #layouts: RecordLayouts;
  /** By version and record. */
  readonly #opinions = new Map<number, Map<string, Opinion[]>>();

  constructor(layouts: RecordLayouts) {
    this.#layouts = layouts;
  }

  /** The step of this version begins anew. */
  forget(version: number): void {
    this.#opinions.delete(version);
  }

  /** The record has been compared. */
  drop(version: number, run: string): void {
    this.#opinions.get(version)?.delete(run);
  }

  /** A new version: what auditors did not answer in time is let go. */
  advance(version: number): void {
    for (const old of this.#opinions.keys()) if (old < version - remembered) this.#opinions.delete(old);
  }

  /**
   * Takes a copy of what a worker sent, and compares it with what others sent before.
   *
   * @param run - the record
   * @returns workers that sent the same, and those that sent something else
   */
  add(
    worker: number,
    backend: Backend | null,
    version: number,
    run: string,
    received: readonly OpinionRecord[],
  ): { readonly agrees: readonly number[]; readonly differs: readonly number[] } {
    const ofVersion = this.#opinions.get(version) ?? new Map<string, Opinion[]>();
    this.#opinions.set(version, ofVersion);
    const others = ofVersion.get(run) ?? [];
    const opinion = { worker, backend, records: received };
    const same = others.filter((other) => this.#agree(opinion, other));
    // Views are on a frame that is not kept.
    const records = received.map(({ phase, record }) => {
      const { encoded, statistics } = record;
      return { phase, record: { ...record, encoded: encoded.slice(), statistics: statistics.slice() } };
    });
    ofVersion.set(run, [...others, { ...opinion, records }]);
    const ids = (of: readonly Opinion[]): readonly number[] => of.map((each) => each.worker);
    return { agrees: ids(same), differs: ids(others.filter((other) => !same.includes(other))) };
  }

  #agree(a: Opinion, b: Opinion): boolean {
    const exact = a.backend === 'wasm' && b.backend === 'wasm';
    const tolerance = Math.max(tolerances[a.backend ?? 'webgl'], tolerances[b.backend ?? 'webgl']);
    return a.records.every(({ phase, record }, i) => {
      if (b.records[i].phase !== phase) return false;
      const layout = this.#layouts[phase];
      const other = b.records[i].record;
      const allowed = exact ? tolerance : tolerance + codecTolerances[layout.codec.name];
      return (
        relativeError(decoded(layout, record), decoded(layout, other)) <= allowed &&
        statisticsAgree(layout, record, other, tolerance, exact ? tolerance : countTolerance)
      );
    });
  }
}

/**
 * Metrics and saturation are sums over examples, and bounded by their number but for losses; means are measured by the
 * spread of what they are means of, since they may be almost 0.
 *
 * @param counts - of an accuracy, or a share: so much of the examples may be on the other side
 */
function statisticsAgree(
  layout: RecordLayout,
  one: UpdateRecord,
  other: UpdateRecord,
  tolerance: number,
  counts: number,
): boolean {
  const { phase, metricsLength, saturationLength, batchNorms } = layout;
  const others = [...statisticsByBlock(layout, other)];
  return [...statisticsByBlock(layout, one)].every(({ statistics: a, examples }, block) => {
    const b = others[block].statistics;
    const within = (i: number, allowed: number): boolean => Math.abs(a[i] - b[i]) <= allowed;
    let at = 0;
    for (const name of metricNames[phase]) {
      const scale = Math.max(Math.abs(a[at]), Math.abs(b[at])) + examples;
      if (!within(at, name.endsWith('Accuracy') ? counts * examples : 10 * tolerance * scale)) return false;
      at += 1;
    }
    for (; at < metricsLength + saturationLength; at++) if (!within(at, counts * examples)) return false;
    for (let pass = 0; pass < momentPasses[phase]; pass++) {
      for (const { channels, positions } of batchNorms) {
        for (let c = 0; c < channels; c++) {
          const [mean, squares] = [at + c, at + channels + c];
          const spread = Math.max(a[squares], b[squares]);
          const deviation = Math.sqrt(spread / (examples * positions));
          const size = Math.max(Math.abs(a[mean]), Math.abs(b[mean]));
          if (!within(mean, 10 * tolerance * (size + deviation))) return false;
          if (!within(squares, 10 * tolerance * (spread + size * size * examples * positions))) return false;
        }
        at += 2 * channels;
      }
    }
    return true;
  });
}

function decoded({ codec, gradientLength }: RecordLayout, { encoded }: UpdateRecord): Float32Array {
  const values = new Float32Array(gradientLength);
  codec.decode(encoded, values);
  return values;
}

/** ‖a − b‖ / the larger norm; 0 where both are zero. */
function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0;
  let squaresOfA = 0;
  let squaresOfB = 0;
  for (let i = 0; i < a.length; i++) {
    difference += (a[i] - b[i]) ** 2;
    squaresOfA += a[i] ** 2;
    squaresOfB += b[i] ** 2;
  }
  return difference === 0 ? 0 : Math.sqrt(difference / Math.max(squaresOfA, squaresOfB));
}
