/**
 * What loss makes of a link: TCP's window, round trip by round trip (additive increase and multiplicative decrease, RFC 5681;
 * half a segment a round trip, since receivers acknowledge every other one). In the long run that comes to the law of M. Mathis
 * et al., "The macroscopic behavior of the TCP congestion avoidance algorithm", 1997; but what a step waits for is the
 * slowest of some short messages, which a mean does not tell.
 */
export interface LossyPath {
  /** Segments a millisecond that the link takes. */
  readonly rate: number;
  /** Milliseconds. */
  readonly roundTrip: number;
  /** Share of segments lost. */
  readonly loss: number;
}

/** Segments, to begin with (RFC 6928), and at least. */
const initial = 10;
const least = 2;

export class CongestionWindow {
  readonly #path: LossyPath;
  readonly #uniform: () => number;
  #window = initial;

  /** @param uniform - draws from [0, 1) */
  constructor(path: LossyPath, uniform: () => number) {
    this.#path = path;
    this.#uniform = uniform;
  }

  /** @param segments - of a message @returns milliseconds from its first segment's start to its last one's */
  send(segments: number): number {
    const { rate, roundTrip, loss } = this.#path;
    let left = segments;
    let time = 0;
    while (left > 0) {
      const now = Math.min(left, Math.floor(this.#window));
      left -= now;
      // The last ones need nobody's word before the message is there.
      time += left > 0 ? Math.max(roundTrip, now / rate) : now / rate;
      if (this.#uniform() < 1 - (1 - loss) ** now) {
        // Sent again once what came after it tells that it is missing; after the last ones nothing comes, and the sender
        // asks by itself, after two round trips (RFC 8985, section 7).
        time += left > 0 ? roundTrip : 3 * roundTrip;
        this.#window = Math.max(least, this.#window / 2);
      } else if (this.#window < rate * roundTrip + initial) {
        this.#window += 0.5;
      }
    }
    return time;
  }
}
