/**
 * Each step brings megabytes of frames that are garbage a moment later. V8 would free such buffers with its young
 * objects, but a coordinator makes so few of those that it hardly ever looks; it looks at everything instead, when
 * buffers have piled up to a share of a heap that is small: 20 ms, every three iterations of `digits`, and a millisecond
 * a step of `ring`. So the young ones are collected on purpose, in less than a millisecond, after so many bytes and when
 * the next leases are on their way; and what is left may grow to three times its size before all is looked at.
 */
import { getHeapStatistics, setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes of frames from one collection of the young to the next. */
const between = 4 * 1024 * 1024;
/**
 * What waited for the rest of its frame while others were dealt with is young no more. With hundreds of workers that is
 * hundreds of megabytes, which must be gone when the next step's come: then all is collected, after so many bytes.
 */
const betweenWhole = 16 * between;
/** Bytes of buffers that count as much. */
const much = 256 * 1024 * 1024;

type Collect = (options: { readonly type: 'minor' | 'major' }) => void;

export class YoungGarbage {
  readonly #collect: Collect;
  #bytes = 0;
  #bytesWhole = 0;

  constructor() {
    // To its full size at the first need, so that what is young is still there when it is looked at.
    setFlagsFromString('--semi-space-growth-factor=16');
    setFlagsFromString('--heap-growing-percent=200');
    setFlagsFromString('--expose-gc');
    this.#collect = runInNewContext('gc') as Collect; // as V8 has it with that flag
    this.#collect({ type: 'major' }); // what starting left
  }

  /** @param bytes - of a frame that was dealt with */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < between) return;
    this.#bytesWhole += this.#bytes;
    this.#bytes = 0;
    const whole = this.#bytesWhole >= betweenWhole;
    if (whole) this.#bytesWhole = 0;
    this.#collect({ type: whole && getHeapStatistics().external_memory > much ? 'major' : 'minor' });
  }
}
