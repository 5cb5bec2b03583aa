/** Who is in the run: let in, welcomed, told what has become of them, sent away. */
import { gantryError, limits, type GantryError } from '@gantry/shared';
import { isForgettable } from '../core/forget.ts';
import type { Happening } from '../core/types.ts';
import type { CoreLoop } from './core-loop.ts';
import { sheetMessage, welcomeMessage } from './messages.ts';
import { asideReason, noticeOf } from './notices.ts';
import type { Parts } from './parts.ts';
import type { Identity, LetIn, Registry } from './registry.ts';
import type { WorkerLink } from './types.ts';

export class Membership {
  readonly #parts: Parts;
  readonly #loop: CoreLoop;
  readonly #registry: Registry;
  /** What was told of those who are at odds with nobody to decide. */
  readonly #undecided = new Set<string>();
  #locked: boolean;

  /** @param locked - nobody new is let in */
  constructor(parts: Parts, loop: CoreLoop, registry: Registry, locked: boolean) {
    this.#parts = parts;
    this.#loop = loop;
    this.#registry = registry;
    this.#locked = locked;
  }

  /** Whether nobody new is let in. */
  get locked(): boolean {
    return this.#locked;
  }

  lock(locked: boolean): void {
    this.#locked = locked;
  }

  /** Whether this token is one that this run, or an earlier incarnation of it, gave out. */
  knows(token: string): boolean {
    return this.#registry.knows(token);
  }

  /** @throws WORKERS_FULL where there is no room for another, and none can be forgotten */
  identify(token: string | undefined, name: string | undefined, kind: 'tab' | 'headless'): Identity {
    if (token === undefined || !this.knows(token)) this.#makeRoom();
    const identity = this.#registry.identify(token, name, kind);
    if (identity.token !== token) this.write();
    return identity;
  }

  /**
   * For one more worker: whoever came and went without a trace is forgotten, the oldest first. Those in quarantine last: it
   * binds nobody who throws a token away, but a peer that does so again and again must not take up all the room.
   */
  #makeRoom(): void {
    const room = limits.knownWorkers - 1;
    if (this.#registry.size <= room) return;
    const { workers } = this.#loop.state;
    const isQuarantined = ({ id }: Identity): boolean => (workers.get(id)?.quarantined ?? null) !== null;
    const all = [...this.#registry.all()].filter(({ id }) => isForgettable(this.#loop.state, id));
    const others = all.filter((identity) => !isQuarantined(identity));
    for (const identity of [...others, ...all.filter(isQuarantined)]) {
      if (this.#registry.size <= room) return;
      this.#registry.forget(identity);
      this.#loop.dispatch({ type: 'forgotten', at: this.#now(), worker: identity.id });
    }
    if (this.#registry.size > room) throw gantryError('WORKERS_FULL', limits.knownWorkers);
  }

  /** An earlier connection of the same worker gives way. */
  attach(identity: Identity, link: WorkerLink, slept: number | undefined): void {
    const { crew, options, sheets } = this.#parts;
    const { id: worker, name, kind } = identity;
    crew.join(worker, link);
    link.sendMessage(welcomeMessage(identity, options.incarnation, options.config, options.data));
    this.#loop.dispatch({ type: 'joined', at: this.#now(), worker, name, kind, slept });
    if (sheets.latest) link.sendMessage(sheetMessage(sheets.latest));
    const reason = this.#loop.state.workers.get(worker)?.quarantined ?? null;
    if (reason !== null) link.sendMessage({ type: 'quarantined', reason });
  }

  detach(worker: number, link: WorkerLink, forGood: boolean): void {
    if (!this.#parts.crew.leave(worker, link)) return;
    this.#loop.dispatch({ type: 'left', at: this.#now(), worker, forGood });
  }

  /** Logs that something a worker sent was refused. */
  refused(worker: number, { code, message }: GantryError): void {
    this.#parts.archive.log({ type: 'refused', worker, code, message });
  }

  /** Tells the worker as well. An error with a close code ends its connection. */
  refuse(worker: number, error: GantryError): void {
    this.refused(worker, error);
    const { code, message } = error;
    if (error.entry.close === undefined) this.#parts.crew.tell(worker, { type: 'refused', code, message });
    else this.#parts.crew.dismiss(worker, error);
  }

  /** Lets a quarantined worker work again, tested anew. @throws WORKER_UNKNOWN, PARDON_NEEDLESS */
  pardon(worker: number): void {
    this.#find(worker);
    if (this.#loop.state.workers.get(worker)?.quarantined === null)
      throw gantryError('PARDON_NEEDLESS', worker);
    this.#loop.dispatch({ type: 'pardoned', at: this.#now(), worker });
  }

  /** It keeps this name, whatever it calls itself. @throws WORKER_UNKNOWN */
  rename(worker: number, name: string): void {
    this.#named(this.#registry.rename(this.#find(worker), name));
  }

  /** Its user gives it another name, which counts for nothing where the presenter has named it. @throws WORKER_UNKNOWN */
  callItself(worker: number, name: string): void {
    const { token, kind } = this.#find(worker);
    this.#named(this.#registry.identify(token, name, kind));
  }

  #named({ id: worker, name }: Identity): void {
    this.#loop.dispatch({ type: 'renamed', at: this.#now(), worker, name });
    this.#parts.crew.tell(worker, { type: 'renamed', name });
    this.write();
  }

  /** Sends it away: it is told, and its token is nobody's. @throws WORKER_UNKNOWN */
  remove(worker: number): void {
    this.#registry.remove(this.#find(worker));
    this.#parts.crew.remove(worker, gantryError('REMOVED'));
    this.#loop.dispatch({ type: 'removed', at: this.#now(), worker });
    this.write();
  }

  #find(worker: number): Identity {
    const identity = this.#registry.find(worker);
    if (identity === null) throw gantryError('WORKER_UNKNOWN', worker);
    return identity;
  }

  /** Tells people what they should know, once, and workers what has become of them. */
  announce(happening: Happening): void {
    const { crew, options } = this.#parts;
    const nameOf = (id: number): string => this.#loop.state.workers.get(id)?.name ?? `worker ${id}`;
    const notice = noticeOf(happening, nameOf);
    // Those who are at odds with nobody to decide are so at each audit.
    const repeats = happening.type === 'audit-undecided';
    if (notice !== null && !(repeats && this.#undecided.has(notice))) options.notice(notice);
    if (notice !== null && repeats) this.#undecided.add(notice);
    if (happening.type === 'worker-quarantined') {
      crew.tell(happening.worker, { type: 'quarantined', reason: happening.reason });
    }
    if (happening.type === 'worker-pardoned') {
      crew.dismiss(happening.worker, gantryError('PUT_ASIDE', 'It was pardoned.'));
    }
    const aside = asideReason(happening);
    if (aside !== null && 'worker' in happening) {
      crew.dismiss(happening.worker, gantryError('PUT_ASIDE', aside));
    }
  }

  /** Whom the run let in, and what they are not rid of by a restart. */
  letIn(): LetIn[] {
    const removed = this.#registry.removed.map((identity) => ({ ...identity, removed: true }));
    const there = [...this.#registry.all()].map((identity) => {
      const { quarantined = null, rejections = [] } = this.#loop.state.workers.get(identity.id) ?? {};
      return { ...identity, quarantined, rejections };
    });
    return [...there, ...removed];
  }

  /** Keeps them on disk. */
  write(): void {
    this.#parts.archive.workers(() => this.letIn());
  }

  #now(): number {
    return this.#parts.options.clock.now();
  }
}
