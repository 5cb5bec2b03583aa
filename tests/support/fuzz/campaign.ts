/**
 * The fuzzer: peers that throw mutated frames and messages at a live coordinator, and come back when they are
 * disconnected. Some never say that they are ready; some do, hold leases, and answer them with what cannot be taken. None
 * ever answers a lease with a right update, or with finite numbers of its own: what a lying worker does is tested elsewhere.
 */
import { planModel, sheetBytes, type LeaseMessage, type ModelPlan } from '@gantry/shared';
import {
  contributionFrame,
  headerField,
  sheetFrame,
  updateFrame,
  type Bytes,
  type Place,
} from '../frames.ts';
import { Dice } from './dice.ts';
import { mutatedFrame, unacceptable } from './mutate-frame.ts';
import { mutatedMessage, rightMessage, type Text } from './mutate-message.ts';
import { FuzzPeer, type Outcome } from './peer.ts';

export interface Amount {
  readonly frames: number;
  readonly messages: number;
}

export interface CampaignOptions {
  readonly url: string;
  readonly seed: number;
  readonly peers: number;
  /** Of them, say that they are ready and are given leases. */
  readonly holders: number;
  /** Inputs before a peer connects anew, if nothing disconnects it sooner. */
  readonly burst: number;
  /** Inputs a second of one connection, at most; a coordinator may have a limit of its own. Each goes with a probe. */
  readonly rate: number;
}

type Kind = keyof Amount;
export type Histogram = Readonly<Record<Kind, Readonly<Record<Outcome, number>>>>;

export class Campaign {
  readonly #options: CampaignOptions;
  readonly #counts: Record<Kind, Map<Outcome, number>> = { frames: new Map(), messages: new Map() };
  readonly #thrown: Record<Kind, number> = { frames: 0, messages: 0 };
  /** For leases that the thrower held. */
  #held = 0;
  #connections = 0;
  /** Of the run, the same for all. */
  #model: ModelPlan | null = null;
  readonly #members: Member[];
  /** Leases that some peer was given lately: another's, for all others. */
  readonly #seen: LeaseMessage[] = [];
  readonly #thrownLately: Bytes[] = [];

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#members = Array.from({ length: options.peers }, (_, i) => ({
      dice: new Dice(options.seed * 1000 + i),
      token: null,
      holds: i < options.holders,
    }));
  }

  get histogram(): Histogram {
    const sorted = (counts: Map<Outcome, number>): Record<Outcome, number> =>
      Object.fromEntries([...counts].sort(([, a], [, b]) => b - a));
    return { frames: sorted(this.#counts.frames), messages: sorted(this.#counts.messages) };
  }
  get thrown(): Amount {
    return { ...this.#thrown };
  }
  get held(): number {
    return this.#held;
  }
  get connections(): number {
    return this.#connections;
  }

  /** Throws until so many have been thrown in all. Then no peer is connected. */
  async throwUntil(amount: Amount): Promise<void> {
    const next = (dice: Dice): Kind | null => {
      const left = {
        frames: amount.frames - this.#thrown.frames,
        messages: amount.messages - this.#thrown.messages,
      };
      if (left.frames <= 0 && left.messages <= 0) return null;
      const kind = dice.under(left.frames + Math.max(0, left.messages)) < left.frames ? 'frames' : 'messages';
      // Counted before it is thrown: others throw at the same time.
      this.#thrown[kind] += 1;
      return kind;
    };
    await Promise.all(
      this.#members.map(async (member) => {
        for (let kind = next(member.dice); kind !== null;) {
          // One after the other, as one peer does.
          // oxlint-disable-next-line no-await-in-loop
          kind = await this.#connection(member, kind, () => next(member.dice));
        }
      }),
    );
  }

  /** One connection. @param kind - of its first input @returns of the first of the next connection; null where all is thrown */
  async #connection(member: Member, kind: Kind, next: () => Kind | null): Promise<Kind | null> {
    const { dice } = member;
    this.#connections += 1;
    const peer = await FuzzPeer.connect(this.#options.url);
    if (kind === 'messages' && member.token !== null && dice.chance(0.2)) {
      // The first message of all; where it is taken, this is the worker of before.
      const message = rightMessage(dice, [1], member.token);
      this.#count(kind, await peer.throw(mutatedMessage(message, dice)));
      if (peer.open) await peer.leave();
      return next();
    }
    const welcome = await peer.join(member.token);
    member.token = welcome.token;
    const { config, incarnation } = welcome;
    this.#model ??= planModel(config);
    const place: Place = { config, incarnation, model: this.#model };
    if (member.holds)
      peer.say({ type: 'ready', backend: 'wasm', tests: [], millisecondsPerMicrobatch: 0.01 });
    let current: Kind | null = kind;
    for (let i = 0; current !== null && peer.open && i < this.#options.burst; i++) {
      const began = performance.now();
      const input = current === 'frames' ? this.#frame(peer, place, dice) : this.#message(peer, member);
      /* oxlint-disable no-await-in-loop */
      this.#count(current, await peer.throw(input));
      const wait = 1000 / this.#options.rate - (performance.now() - began);
      if (wait > 0 && peer.open) await new Promise((resolve) => setTimeout(resolve, wait));
      /* oxlint-enable no-await-in-loop */
      current = next();
    }
    if (peer.open) await peer.leave();
    return current;
  }

  #count(kind: Kind, outcome: Outcome): void {
    const counts = this.#counts[kind];
    counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
  }

  #frame(peer: FuzzPeer, place: Place, dice: Dice): Text {
    if (peer.lease && this.#seen.push(peer.lease) > 20) this.#seen.shift();
    const lately = this.#thrownLately;
    const own = peer.lease?.lease ?? peer.sheet?.lease ?? null;
    let frame: Bytes;
    if (own === null && lately.length > 0 && dice.chance(0.1)) frame = dice.pick(lately);
    else {
      const right = this.#rightFrame(peer, place, dice);
      // Of answers to what is held some are wrong in one number only: these come farther than most that are mutated.
      frame = own !== null && dice.chance(0.3) ? right : mutatedFrame(right, dice, lately);
    }
    const named = frame.length >= 16 ? new DataView(frame.buffer).getUint32(headerField.lease, true) : null;
    if (named !== null && (named === peer.lease?.lease || named === peer.sheet?.lease)) {
      frame = unacceptable(frame);
      this.#held += 1;
      if (named === peer.lease?.lease) peer.lease = null;
      else peer.sheet = null;
    }
    if (lately.push(frame) > 50) lately.shift();
    return { bytes: frame, binary: true };
  }

  /** Right but for its numbers: for the peer's own lease where it has one, or somebody's, or nobody's. */
  #rightFrame(peer: FuzzPeer, place: Place, dice: Dice): Bytes {
    const nobodys: LeaseMessage = {
      type: 'lease',
      lease: dice.pick([0, 1, 2, 999, 0xffffffff, dice.under(1000)]),
      version: dice.under(50),
      phase: dice.pick(['discriminator', 'generator']),
      step: 0,
      blocks: [0, 1, 2, 3].slice(dice.under(4)),
    };
    const lease = peer.lease ?? (this.#seen.length > 0 && dice.chance(0.5) ? dice.pick(this.#seen) : nobodys);
    const kind = peer.lease !== null ? dice.under(6) : dice.under(9);
    const { samples } = place.config.evaluation;
    const bytes = sheetBytes(place.config.data, samples);
    if (peer.lease === null && peer.sheet !== null) return sheetFrame(place, peer.sheet, samples, bytes);
    if (kind === 0) return contributionFrame(place, lease, dice.under(3));
    if (kind >= 7) return sheetFrame(place, lease, samples, bytes);
    return updateFrame(place, lease);
  }

  #message(peer: FuzzPeer, { dice, token }: Member): Text {
    const leases = [0, 1, 999, ...this.#seen.map(({ lease }) => lease)];
    if (peer.lease) leases.push(peer.lease.lease);
    return mutatedMessage(rightMessage(dice, leases, token ?? ''), dice);
  }
}

interface Member {
  readonly dice: Dice;
  token: string | null;
  readonly holds: boolean;
}
