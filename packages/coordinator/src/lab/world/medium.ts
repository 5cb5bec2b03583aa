/**
 * What transfers share: an access point, or the coordinator's own port. A fluid model: at each moment the transfers under way
 * divide its rate by max-min fairness (D. Bertsekas, R. Gallager, "Data networks", 1992, section 6.5.2), each bounded by
 * its own link. So many TCP connections come close to in the long run; what it leaves out are slow start, collisions and
 * the order of packets.
 */
import type { VirtualClock } from './virtual-clock.ts';

interface Transfer {
  /** Bytes still to be sent. */
  left: number;
  /** Bytes a millisecond that its own link allows. */
  readonly most: number;
  /** That it has now. */
  rate: number;
  readonly sent: () => void;
}

/** Less than this is nothing: rounding. Bytes. */
const crumb = 1e-6;

export class Medium {
  readonly #clock: VirtualClock;
  /** Bytes a millisecond; Infinity: nothing is shared. */
  readonly #capacity: number;
  #transfers: Transfer[] = [];
  #since = 0;
  #cancel: (() => void) | null = null;
  #busy = 0;

  /** @param capacity - bytes a millisecond; Infinity: each has its own link's */
  constructor(clock: VirtualClock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  /** Milliseconds in which something was under way. */
  get busy(): number {
    this.#pass();
    return this.#busy;
  }

  /** @param most - bytes a millisecond that the sender's link allows @returns how to break it off */
  send(bytes: number, most: number, sent: () => void): () => void {
    this.#pass();
    const transfer: Transfer = { left: bytes, most, rate: 0, sent };
    this.#transfers.push(transfer);
    this.#share();
    return () => {
      this.#pass();
      this.#transfers = this.#transfers.filter((each) => each !== transfer);
      this.#share();
    };
  }

  /** What was sent since the last look is no longer to be sent. */
  #pass(): void {
    const now = this.#clock.now();
    const time = now - this.#since;
    this.#since = now;
    if (time === 0 || this.#transfers.length === 0) return;
    this.#busy += time;
    for (const transfer of this.#transfers) transfer.left -= transfer.rate * time;
  }

  /** The slowest links get what they can take; the others share the rest. */
  #share(): void {
    this.#cancel?.();
    this.#cancel = null;
    if (this.#transfers.length === 0) return;
    let rest = this.#capacity;
    let among = this.#transfers.length;
    let first = Infinity;
    for (const transfer of [...this.#transfers].sort((a, b) => a.most - b.most)) {
      transfer.rate = Math.min(transfer.most, rest / among);
      rest -= transfer.rate;
      among -= 1;
      first = Math.min(first, transfer.left / transfer.rate);
    }
    this.#cancel = this.#clock.after(Math.max(0, first), () => this.#finish());
  }

  #finish(): void {
    this.#pass();
    const done = this.#transfers.filter(({ left, rate }) => left <= crumb * rate + crumb);
    this.#transfers = this.#transfers.filter((transfer) => !done.includes(transfer));
    this.#share();
    for (const { sent } of done) sent();
  }
}
