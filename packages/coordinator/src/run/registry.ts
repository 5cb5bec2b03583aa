/** Who is who: a worker's token, kept in its tab's storage, makes it the same worker when it comes back. */
import { createHash, randomBytes } from 'node:crypto';
import type { KnownWorker } from './checkpoint.ts';

export interface Identity {
  readonly id: number;
  readonly token: string;
  readonly name: string;
  readonly kind: 'tab' | 'headless';
  /** The presenter gave it its name: it does not change with the one that it comes back with. */
  readonly renamed?: boolean;
}

/** Whom a run let in, and what a worker is not rid of by a restart of the coordinator. */
export type LetIn = Identity & Pick<KnownWorker, 'quarantined' | 'rejections' | 'removed'>;

/** Friendly names for those who give none: short, easy to say, easy to find on a projector. */
const animals = [
  'Otter', 'Heron', 'Lynx', 'Badger', 'Falcon', 'Marten', 'Ibis', 'Beaver', 'Stork', 'Vole', 'Plover', 'Hare',
  'Newt', 'Raven', 'Seal', 'Wren', 'Moose', 'Gecko', 'Tapir', 'Panda', 'Koala', 'Lemur', 'Bison', 'Crane',
]; // prettier-ignore

/** Tokens are looked up by this: how long that takes tells nothing of those that there are. */
const digest = (token: string): string => createHash('sha256').update(token).digest('base64');

export class Registry {
  /** By the digest of its token. */
  readonly #byToken = new Map<string, Identity>();
  /** Sent away by the presenter: kept so that no file of before lets them in again. */
  readonly #removed: Identity[] = [];
  #next = 1;

  constructor(known: readonly KnownWorker[]) {
    for (const { id, token, name, kind, renamed, removed } of known) {
      const identity: Identity = { id, token, name, kind, ...(renamed && { renamed }) };
      if (removed) this.#removed.push(identity);
      else this.#byToken.set(digest(token), identity);
      this.#next = Math.max(this.#next, id + 1);
    }
  }

  knows(token: string): boolean {
    return this.#byToken.has(digest(token));
  }

  /** The worker of this token, or a new one. A name given on return replaces the one before, but for the presenter's. */
  identify(token: string | undefined, name: string | undefined, kind: 'tab' | 'headless'): Identity {
    const before = token === undefined ? undefined : this.#byToken.get(digest(token));
    const id = before?.id ?? this.#next++;
    const identity: Identity = {
      id,
      token: before?.token ?? randomBytes(16).toString('base64url'),
      name: (before?.renamed ? before.name : name) ?? before?.name ?? defaultName(id, kind),
      kind,
      ...(before?.renamed && { renamed: true }),
    };
    this.#byToken.set(digest(identity.token), identity);
    return identity;
  }

  /** null: there is none of this number. */
  find(id: number): Identity | null {
    for (const identity of this.all()) if (identity.id === id) return identity;
    return null;
  }

  /** By the presenter. */
  rename(identity: Identity, name: string): Identity {
    const renamed = { ...identity, name, renamed: true };
    this.#byToken.set(digest(identity.token), renamed);
    return renamed;
  }

  remove(identity: Identity): void {
    this.forget(identity);
    this.#removed.push(identity);
  }

  get removed(): readonly Identity[] {
    return this.#removed;
  }

  /** Its token is nobody's from now on. */
  forget({ token }: Identity): void {
    this.#byToken.delete(digest(token));
  }

  get size(): number {
    return this.#byToken.size;
  }

  /** The oldest first. */
  all(): IterableIterator<Identity> {
    return this.#byToken.values();
  }
}

/**
 * Those of a checkpoint, and those let in since: what they did is computed again, and counts then. Who is quarantined,
 * renamed or removed was written when it happened, which may be after the checkpoint.
 */
export function knownWorkers(
  recorded: readonly KnownWorker[],
  letIn: readonly LetIn[],
): readonly KnownWorker[] {
  const written = new Map(letIn.map((worker) => [worker.token, worker]));
  const tokens = new Set(recorded.map(({ token }) => token));
  const since = letIn.filter(({ token }) => !tokens.has(token));
  return [
    ...recorded.map((worker) => {
      const now = { ...worker, ...written.get(worker.token) };
      return { ...now, quarantined: now.quarantined ?? null, rejections: now.rejections ?? [] };
    }),
    ...since.map((worker) => ({ ...worker, microbatches: 0 })),
  ];
}

function defaultName(id: number, kind: 'tab' | 'headless'): string {
  if (kind === 'headless') return `headless ${id}`;
  const round = Math.floor((id - 1) / animals.length);
  return animals[(id - 1) % animals.length] + (round > 0 ? ` ${round + 1}` : '');
}
