/** One direction of a machine's connection, as TCP has it: in order, nothing lost, some time on the way. */
import { CongestionWindow } from './congestion.ts';
import type { Dice } from './dice.ts';
import type { Medium } from './medium.ts';
import type { VirtualClock } from './virtual-clock.ts';

export interface LinkQuality {
  /** Bytes a millisecond. */
  readonly rate: number;
  /** Milliseconds from one end to the other. */
  readonly latency: number;
  /** Milliseconds that this varies by: the mean of an exponential added to each message. */
  readonly jitter: number;
  /** Share of packets lost, 0 to below 1: TCP sends them again, and more slowly. */
  readonly loss: number;
}

/** Bytes of payload in a packet of TCP over IPv4 and Ethernet, with timestamps; and of the whole packet as links count it. */
const segment = 1448;
const packet = 1514;
/** Of a small message alone in its packet. */
const headers = packet - segment;

export class Link {
  readonly #clock: VirtualClock;
  readonly #medium: Medium;
  readonly #dice: Dice;
  readonly #machine: number;
  readonly #quality: LinkQuality;
  /** null: nothing is lost, and it sends as fast as it can. */
  readonly #window: CongestionWindow | null;
  #waiting: { readonly bytes: number; readonly arrived: () => void | Promise<void> }[] = [];
  #breakOff: (() => void) | null = null;
  /** When the latest message arrives: none overtakes another. */
  #latest = 0;
  #era = 0;
  #bytes = 0;

  constructor(clock: VirtualClock, medium: Medium, dice: Dice, machine: number, quality: LinkQuality) {
    this.#clock = clock;
    this.#medium = medium;
    this.#dice = dice;
    this.#machine = machine;
    this.#quality = quality;
    const { rate, latency, jitter, loss } = quality;
    const roundTrip = 2 * (latency + jitter);
    this.#window =
      loss === 0
        ? null
        : new CongestionWindow({ rate: rate / packet, roundTrip, loss }, () => dice.uniform('loss', machine));
  }

  /** That were sent, with packets' headers. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @param bytes - of payload @param arrived - told at the other end, unless the connection is lost before */
  send(bytes: number, arrived: () => void | Promise<void>): void {
    this.#waiting.push({ bytes: bytes + headers * Math.ceil(bytes / segment), arrived });
    if (this.#breakOff === null) this.#next();
  }

  /** Nothing arrives for so many milliseconds, and then in its order. */
  hold(milliseconds: number): void {
    this.#latest = Math.max(this.#latest, this.#clock.now() + milliseconds);
  }

  /** What is on its way is lost with the connection. */
  reset(): void {
    this.#era += 1;
    this.#waiting = [];
    this.#breakOff?.();
    this.#breakOff = null;
    this.#latest = 0;
  }

  #next(): void {
    const message = this.#waiting.shift();
    if (message === undefined) {
      this.#breakOff = null;
      return;
    }
    this.#breakOff = this.#medium.send(message.bytes, this.#most(message.bytes), () => {
      this.#bytes += message.bytes;
      this.#deliver(message.arrived);
      this.#next();
    });
  }

  /** Bytes a millisecond that it can send these with. */
  #most(bytes: number): number {
    const { rate } = this.#quality;
    if (this.#window === null) return rate;
    return Math.min(rate, bytes / this.#window.send(Math.ceil(bytes / packet)));
  }

  #deliver(arrived: () => void | Promise<void>): void {
    const { latency, jitter } = this.#quality;
    const varied = jitter === 0 ? 0 : jitter * this.#dice.exponential('latency', this.#machine);
    const era = this.#era;
    this.#latest = Math.max(this.#latest, this.#clock.now() + latency + varied);
    this.#clock.at(this.#latest, () => (era === this.#era ? arrived() : undefined));
  }
}
