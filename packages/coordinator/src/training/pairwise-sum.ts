/**
 * The sum of the blocks' gradients by a fixed binary tree over their numbers: each block with its neighbour, pairs with
 * pairs, and so on. The sum is the same to the bit in whatever order they arrive, and two that have come are one at once:
 * an eighth of the frames has to wait for others at a time, where a sum from the first to the last would hold half of
 * them. (Pairwise sums also round less: N. J. Higham, "The accuracy of floating point summation", 1993.)
 */
import { createCodec, gantryError, newTotal, type Codec } from '@gantry/shared';

/** Of sums themselves. */
const float32 = createCodec('float32', { topkShare: 1 });

/** What a part of the tree came to: a block as it was sent, or the sum of several. */
type Node = { readonly encoded: Uint8Array<ArrayBuffer> } | { readonly sum: Float32Array<ArrayBuffer> };

export class PairwiseSum {
  readonly #codec: Codec;
  readonly #length: number;
  readonly #blocks: number;
  /** By level, those that wait for their neighbour, by their number in the level. */
  readonly #waiting: readonly Map<number, Node>[];
  /** Vectors to be used again: a step allocates nothing. */
  readonly #free: Float32Array<ArrayBuffer>[] = [];
  #total: Float32Array<ArrayBuffer> | null = null;

  /** @param blocks - of a step */
  constructor(codec: Codec, length: number, blocks: number) {
    this.#codec = codec;
    this.#length = length;
    this.#blocks = blocks;
    this.#waiting = Array.from({ length: 1 + Math.ceil(Math.log2(blocks)) }, () => new Map());
  }

  /** Forgets what came. The total before may be written again from now on. */
  begin(): void {
    for (const level of this.#waiting) {
      for (const node of level.values()) if ('sum' in node) this.#free.push(node.sum);
      level.clear();
    }
    if (this.#total) this.#free.push(this.#total);
    this.#total = null;
  }

  /**
   * Takes a block, once, or what a run of them comes to; views stay in use until it has a neighbour.
   *
   * @param run - blocks of it: a power of two, of which `first` is a multiple
   */
  add(first: number, encoded: Uint8Array<ArrayBuffer>, run = 1): void {
    let node: Node = { encoded };
    let level = Math.log2(run);
    let index = first / run;
    for (let nodes = Math.ceil(this.#blocks / run); nodes > 1; nodes = (nodes + 1) >> 1) {
      const neighbour = index ^ 1;
      // The last of an odd number has none, and goes up by itself.
      if (neighbour < nodes) {
        const waiting = this.#waiting[level];
        const other = waiting.get(neighbour);
        if (other === undefined) {
          waiting.set(index, node);
          return;
        }
        waiting.delete(neighbour);
        node = { sum: this.#join(node, other) };
      }
      index >>= 1;
      level += 1;
    }
    this.#total = 'sum' in node ? node.sum : this.#decode(node.encoded);
  }

  /** Takes what is of no one block, in the order in which it comes. */
  addAny(encoded: Uint8Array<ArrayBuffer>): void {
    if (this.#total) this.#codec.addTo(encoded, this.#total);
    else this.#total = this.#decode(encoded);
  }

  /** float32 [length]; valid until `begin`. @throws INTERNAL before each block has been added */
  total(): Float32Array<ArrayBuffer> {
    if (this.#total === null)
      throw gantryError('INTERNAL', 'a step was summed before all of its blocks came');
    return this.#total;
  }

  /** Addition of two numbers does not mind their order. */
  #join(a: Node, b: Node): Float32Array<ArrayBuffer> {
    const [into, other] = 'sum' in b ? [b, a] : [a, b];
    const sum = 'sum' in into ? into.sum : this.#decode(into.encoded);
    if ('encoded' in other) {
      this.#codec.addTo(other.encoded, sum);
    } else {
      float32.addTo(new Uint8Array(other.sum.buffer, other.sum.byteOffset, other.sum.byteLength), sum);
      this.#free.push(other.sum);
    }
    return sum;
  }

  #decode(encoded: Uint8Array<ArrayBuffer>): Float32Array<ArrayBuffer> {
    const vector = this.#vector();
    this.#codec.decode(encoded, vector);
    return vector;
  }

  #vector(): Float32Array<ArrayBuffer> {
    return this.#free.pop() ?? newTotal(this.#length);
  }
}
