/**
 * Series of numbers over a run of any length, in memory of a fixed size: what falls into the same few iterations becomes one
 * bucket, with its mean, its least and its greatest number. All series have the same buckets, and where these would be too
 * many, each becomes twice as wide. So no spike is lost, and the order in which numbers come does not matter.
 */
import type { BucketRun } from '@gantry/shared';

export interface News {
  /** All there is: the buckets have become wider. */
  readonly whole: boolean;
  readonly series: Readonly<Record<string, BucketRun>>;
}

export class Buckets {
  readonly #most: number;
  readonly #mostSeries: number;
  readonly #envelopes: boolean;
  readonly #series = new Map<string, Series>();
  #width = 1;
  #widened = false;

  /**
   * @param most - buckets; even
   * @param mostSeries - one that comes when there are so many is not kept
   * @param envelopes - whether the least and the greatest numbers are told of
   */
  constructor(most: number, mostSeries: number, envelopes: boolean) {
    this.#most = most;
    this.#mostSeries = mostSeries;
    this.#envelopes = envelopes;
  }

  /** Iterations a bucket. */
  get width(): number {
    return this.#width;
  }

  /** @param iteration - from 0; @param value - one that is not finite is left out */
  add(iteration: number, name: string, value: number): void {
    if (!Number.isFinite(value)) return;
    while (iteration >= this.#width * this.#most) this.#widen();
    let found = this.#series.get(name);
    if (found === undefined) {
      if (this.#series.size >= this.#mostSeries) return;
      found = new Series(this.#most);
      this.#series.set(name, found);
    }
    found.add(Math.floor(iteration / this.#width), value);
  }

  /** All buckets of all series, in the order in which these came. */
  all(): Readonly<Record<string, BucketRun>> {
    const runs: Record<string, BucketRun> = {};
    for (const [name, each] of this.#series) runs[name] = each.run(0, this.#envelopes);
    return runs;
  }

  /** The buckets that have changed since this was last called. */
  takeNews(): News {
    const whole = this.#widened;
    const runs: Record<string, BucketRun> = {};
    for (const [name, each] of this.#series) {
      const from = whole ? 0 : each.changedFrom;
      if (from < each.length) runs[name] = each.run(from, this.#envelopes);
      each.changedFrom = Infinity;
    }
    this.#widened = false;
    return { whole, series: runs };
  }

  #widen(): void {
    this.#width *= 2;
    this.#widened = true;
    for (const each of this.#series.values()) each.halve();
  }
}

class Series {
  readonly #sum: Float64Array;
  readonly #count: Uint32Array;
  readonly #least: Float32Array;
  readonly #greatest: Float32Array;
  /** Buckets up to the last with a number. */
  length = 0;
  /** The first that has changed since it was told of. */
  changedFrom = Infinity;

  constructor(most: number) {
    this.#sum = new Float64Array(most);
    this.#count = new Uint32Array(most);
    this.#least = new Float32Array(most).fill(Infinity);
    this.#greatest = new Float32Array(most).fill(-Infinity);
  }

  add(bucket: number, value: number): void {
    this.#sum[bucket] += value;
    this.#count[bucket] += 1;
    this.#least[bucket] = Math.min(this.#least[bucket], value);
    this.#greatest[bucket] = Math.max(this.#greatest[bucket], value);
    this.length = Math.max(this.length, bucket + 1);
    this.changedFrom = Math.min(this.changedFrom, bucket);
  }

  /** Each two neighbours become one. */
  halve(): void {
    this.length = Math.ceil(this.length / 2);
    for (let to = 0; to < this.length; to++) {
      const [a, b] = [2 * to, 2 * to + 1];
      this.#sum[to] = this.#sum[a] + this.#sum[b];
      this.#count[to] = this.#count[a] + this.#count[b];
      this.#least[to] = Math.min(this.#least[a], this.#least[b]);
      this.#greatest[to] = Math.max(this.#greatest[a], this.#greatest[b]);
    }
    this.#sum.fill(0, this.length);
    this.#count.fill(0, this.length);
    this.#least.fill(Infinity, this.length);
    this.#greatest.fill(-Infinity, this.length);
  }

  run(from: number, envelope: boolean): BucketRun {
    const mean: (number | null)[] = [];
    const least: (number | null)[] = [];
    const greatest: (number | null)[] = [];
    for (let bucket = from; bucket < this.length; bucket++) {
      const count = this.#count[bucket];
      mean.push(count === 0 ? null : rounded(this.#sum[bucket] / count));
      if (!envelope) continue;
      least.push(count === 0 ? null : rounded(this.#least[bucket]));
      greatest.push(count === 0 ? null : rounded(this.#greatest[bucket]));
    }
    return envelope ? { from, mean, least, greatest } : { from, mean };
  }
}

/** Four significant digits: more are not seen, and travel all the same. */
const rounded = (value: number): number => Number(value.toPrecision(4));
