/**
 * Who did what in the last steps: of each lease when it was given, how long its worker received, computed and sent, and what
 * became of it. Told by the core's events and effects, and read by those who look; nothing of it decides anything.
 */
import type { LeaseKind, LeaseOutcome, PhaseName } from '@gantry/shared';
import type { CoreEffect, CoreEvent, CoreSettings, Happening, Lease } from '../core/types.ts';

export interface LeaseSpan {
  readonly lease: number;
  readonly worker: number;
  readonly version: number;
  readonly phase: PhaseName;
  readonly kind: LeaseKind;
  /** 0: a sample sheet. */
  readonly blocks: number;
  /** When it was given; milliseconds of the coordinator's clock. */
  readonly granted: number;
  /** Milliseconds since then; null: not yet, or never. */
  late: number | null;
  expired: number | null;
  ended: number | null;
  /** Milliseconds; null while unknown. */
  received: number | null;
  computed: number | null;
  /** Of the computing: waiting for others at exchanges. */
  waited: number;
  outcome: LeaseOutcome;
}

export interface StepSpan {
  readonly version: number;
  readonly iteration: number;
  readonly phase: PhaseName;
  readonly from: number;
  readonly to: number;
}

export interface Spans {
  readonly steps: readonly StepSpan[];
  readonly leases: readonly LeaseSpan[];
}

/** What is told of: so many steps, or so many milliseconds where those are fewer steps, but no fewer than so many. */
export const window = { steps: 40, milliseconds: 12_000, leastSteps: 4 };
/** Leases that are told of at once: 60 workers in each of the steps, and the same again for what went wrong. */
export const mostLeases = 2 * 60 * window.steps;
/** Leases that are told of as news. A run so fast that there are more shows its latest steps. */
export const mostNews = 1000;

export class Timeline {
  readonly #traffic: CoreSettings['traffic'];
  #steps: StepSpan[] = [];
  #leases: LeaseSpan[] = [];
  /** By worker: each has one at a time. */
  readonly #open = new Map<number, LeaseSpan>();
  /** Of leases that have contributed to the exchange under way: since when they wait for the others. */
  readonly #waiting = new Map<LeaseSpan, number>();
  /** Who was leased each block of each step since the latest version, last; by `placeOf`. */
  readonly #holders = new Map<number, LeaseSpan>();
  /** When the first lease of the open step was given. */
  #begun: number | null = null;
  #version = 0;
  #stepNews: StepSpan[] = [];
  /** Those that changed last come last. */
  readonly #leaseNews = new Set<LeaseSpan>();

  /** @param traffic - bytes that travel for a lease: by these a link's time is divided into both directions */
  constructor(traffic: CoreSettings['traffic']) {
    this.#traffic = traffic;
  }

  /** Takes what an event came to. To be told of each, in order. */
  see(event: CoreEvent, effects: readonly CoreEffect[]): void {
    const { at } = event;
    const answer = answered(event, effects);
    if (answer !== null) this.#end(this.#held(answer), at, answer.outcome, answer.computed);
    // Before it is given another.
    if (['left', 'joined', 'unable', 'removed'].includes(event.type) && 'worker' in event) {
      this.#end(this.#open.get(event.worker), at, 'lost');
    }
    for (const effect of effects) this.#take(effect, event);
    if (this.#leases.length > 2 * mostLeases) {
      this.#leases = this.#leases.filter(
        ({ ended }, i, { length }) => ended === null || i >= length - mostLeases,
      );
    }
  }

  /** All of the last steps. @param now - milliseconds of the coordinator's clock */
  last(now: number): Spans {
    const { steps: most, milliseconds, leastSteps } = window;
    const steps = this.#steps
      .slice(-most)
      .filter(({ to }, i, { length }) => to >= now - milliseconds || i >= length - leastSteps);
    const from = steps.at(0)?.from ?? -Infinity;
    const leases = this.#leases.filter(({ granted, ended }) => ended === null || granted + ended >= from);
    return { steps, leases: leases.slice(-mostLeases) };
  }

  /** What is new since this was last called, the latest of it where it is too much. */
  takeNews(): Spans {
    const news = { steps: this.#stepNews, leases: [...this.#leaseNews] };
    this.#stepNews = [];
    this.#leaseNews.clear();
    return news;
  }

  #take(effect: CoreEffect, { type, at }: CoreEvent): void {
    switch (effect.type) {
      case 'lease':
        this.#begin(effect.lease, effect.position.phase);
        return;
      case 'take':
        this.#whoWaits(effect.lease, at);
        return;
      case 'merge':
        for (const [span, since] of this.#waiting) {
          span.waited += at - since;
          this.#changed(span);
        }
        this.#waiting.clear();
        return;
      case 'revoke':
        this.#end(this.#held(effect), at, 'revoked');
        return;
      case 'restart':
        this.#forgetStep();
        return;
      case 'apply':
        this.#complete(effect, at);
        return;
      case 'happening':
        this.#hear(effect.happening, type, at);
        return;
      case 'accept':
      case 'compare':
      case 'tune':
      case 'accept-evaluation':
      case 'drop-picture':
      case 'capture':
      case 'checkpoint':
      case 'wake':
      case 'refuse':
      case 'end':
    }
  }

  #begin(lease: Lease, phase: PhaseName): void {
    const { id, worker, version, task, grantedAt } = lease;
    const span: LeaseSpan = {
      lease: id,
      worker,
      version,
      phase,
      kind: this.#kindOf(lease),
      blocks: task.kind === 'step' ? task.blocks.length : 0,
      granted: grantedAt,
      late: null,
      expired: null,
      ended: null,
      received: null,
      computed: null,
      waited: 0,
      outcome: 'open',
    };
    this.#end(this.#open.get(worker), grantedAt, 'revoked');
    this.#open.set(worker, span);
    this.#leases.push(span);
    this.#changed(span);
    if (task.kind !== 'step' || version < this.#version) return;
    this.#version = version;
    this.#begun ??= grantedAt;
    if (span.kind === 'audit') return;
    for (const block of task.blocks) this.#holders.set(placeOf(lease, block), span);
  }

  #kindOf(lease: Lease): LeaseKind {
    const { task, version } = lease;
    if (task.kind === 'evaluation') return 'sheet';
    if (version < this.#version) return 'audit';
    const holders = task.blocks.flatMap((block) => this.#holders.get(placeOf(lease, block)) ?? []);
    if (holders.some(isOutOfTime)) return 'again';
    // Somebody has them who is not late: this is a second opinion.
    return holders.length === task.blocks.length ? 'audit' : 'step';
  }

  #hear(happening: Happening, during: CoreEvent['type'], at: number): void {
    const { type } = happening;
    if (type === 'lease-late' || type === 'lease-expired') {
      // A lease also expires with its worker's connection, which is no news of its deadline.
      if (during !== 'tick') return;
      // In lock step it was called off in the same turn.
      const span = this.#held(happening) ?? this.#leases.findLast(({ lease }) => lease === happening.lease);
      if (span === undefined) return;
      span[type === 'lease-late' ? 'late' : 'expired'] = at - span.granted;
      this.#changed(span);
    } else if (type === 'lease-rejected' || type === 'lease-duplicate') {
      this.#end(this.#held(happening), at, type === 'lease-rejected' ? 'rejected' : 'duplicate');
    } else if (type === 'worker-quarantined') {
      this.#end(this.#open.get(happening.worker), at, 'rejected');
    }
  }

  /** @param computed - milliseconds, where the worker told */
  #end(span: LeaseSpan | undefined, at: number, outcome: LeaseOutcome, computed: number | null = null): void {
    if (span === undefined) return;
    this.#open.delete(span.worker);
    this.#waiting.delete(span);
    span.ended = at - span.granted;
    span.outcome = outcome;
    if (computed !== null) {
      // Nobody's clock is taken for more than there was.
      span.computed = Math.min(computed, span.ended);
      const { down, up } = this.#traffic[span.phase];
      const link = span.ended - span.computed;
      span.received = (link * down) / (down + up * span.blocks || 1);
    }
    this.#changed(span);
  }

  /** The lease, if it is still its worker's. */
  #held({ worker, lease }: { readonly worker: number; readonly lease: number }): LeaseSpan | undefined {
    const span = this.#open.get(worker);
    return span?.lease === lease ? span : undefined;
  }

  #whoWaits({ worker, id }: Lease, at: number): void {
    const span = this.#held({ worker, lease: id });
    if (span !== undefined) this.#waiting.set(span, at);
  }

  /** What was taken for the step comes to nothing. */
  #forgetStep(): void {
    for (const span of new Set(this.#holders.values())) {
      if (span.outcome !== 'accepted') continue;
      span.outcome = 'revoked';
      this.#changed(span);
    }
    this.#holders.clear();
    this.#waiting.clear();
  }

  #complete({ position, version }: Extract<CoreEffect, { type: 'apply' }>, at: number): void {
    const { iteration, phase } = position;
    const step = { version, iteration, phase, from: this.#begun ?? at, to: at };
    this.#steps.push(step);
    if (this.#steps.length > 2 * window.steps) this.#steps = this.#steps.slice(-window.steps);
    this.#stepNews.push(step);
    if (this.#stepNews.length > 2 * window.steps) this.#stepNews = this.#stepNews.slice(-window.steps);
    this.#version = version + 1;
    this.#begun = null;
    this.#holders.clear();
  }

  #changed(span: LeaseSpan): void {
    this.#leaseNews.delete(span);
    this.#leaseNews.add(span);
    if (this.#leaseNews.size <= mostNews) return;
    for (const oldest of this.#leaseNews) {
      this.#leaseNews.delete(oldest);
      return;
    }
  }
}

interface Answer {
  readonly worker: number;
  readonly lease: number;
  readonly outcome: LeaseOutcome;
  readonly computed: number | null;
}

/** What an event says of the lease that it answers; null: it answers none, or was refused. */
function answered(event: CoreEvent, effects: readonly CoreEffect[]): Answer | null {
  if (event.type !== 'gave-back' && event.type !== 'evaluated' && event.type !== 'update') return null;
  const { worker, lease } = event;
  const some = (is: (effect: CoreEffect) => boolean): boolean => effects.some(is);
  const answer = (outcome: LeaseOutcome, computed: number | null = null): Answer => ({
    worker,
    lease,
    outcome,
    computed,
  });
  if (some(({ type }) => type === 'refuse')) return null;
  switch (event.type) {
    case 'gave-back':
      return answer('given-back');
    case 'evaluated':
      return answer(some(({ type }) => type === 'accept-evaluation') ? 'drawn' : 'duplicate');
    case 'update': {
      const { took } = event;
      if (some((effect) => effect.type === 'accept' && effect.lease === lease))
        return answer('accepted', took);
      return answer(some(({ type }) => type === 'compare') ? 'compared' : 'duplicate', took);
    }
  }
}

/** Steps may be computed at the same time: a block is told by its step as well. */
const placeOf = ({ position: { steps } }: Lease, block: number): number =>
  (steps.discriminator + steps.generator) * 65536 + block;

/** Late, beyond its deadline, or ended without an answer. */
const isOutOfTime = ({ late, expired, outcome }: LeaseSpan): boolean =>
  late !== null || expired !== null || ['given-back', 'lost', 'rejected', 'revoked'].includes(outcome);
