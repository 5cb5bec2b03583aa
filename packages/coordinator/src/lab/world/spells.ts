/** When a machine is slower than usual, or frozen; and what that makes of its work. */

export interface Spell {
  /** Milliseconds since the beginning. */
  readonly from: number;
  readonly to: number;
  /** How many times as long things take; Infinity: frozen. */
  readonly factor: number;
}

/**
 * @param spells - in order, none within another
 * @returns milliseconds from `now` until `work` milliseconds of an undisturbed machine's are done; null: never
 */
export function timeToDo(spells: Iterable<Spell>, now: number, work: number): number | null {
  let at = now;
  let left = work;
  for (const { from, to, factor } of spells) {
    if (to <= at) continue;
    const before = Math.max(0, from - at);
    if (left <= before) break;
    left -= before;
    at += before;
    const within = (to - at) / factor;
    if (left <= within) return at + left * factor - now;
    if (to === Infinity) return null;
    left -= within;
    at = to;
  }
  return at + left - now;
}

/** Milliseconds of an undisturbed machine's work that are done between two times. */
export function workDone(spells: Iterable<Spell>, from: number, to: number): number {
  let done = to - from;
  for (const spell of spells) {
    if (spell.from >= to) break;
    const within = Math.min(to, spell.to) - Math.max(from, spell.from);
    if (within > 0) done -= within - within / spell.factor;
  }
  return done;
}

/** Spells of a machine, as they were drawn so far and as they are asked for: a run's length is not known before its end. */
export class Spells implements Iterable<Spell> {
  readonly #known: Spell[] = [];
  readonly #next: (after: number) => Spell | null;

  /** @param next - the first spell that begins after a time; null: there is none any more */
  constructor(next: (after: number) => Spell | null) {
    this.#next = next;
  }

  *[Symbol.iterator](): Iterator<Spell> {
    for (let i = 0; ; i++) {
      if (i === this.#known.length) {
        const spell = this.#next(this.#known.at(-1)?.to ?? 0);
        if (spell === null) return;
        this.#known.push(spell);
      }
      yield this.#known[i];
    }
  }

  /** A spell that nobody foresaw. Takes the place of what it overlaps. */
  add(spell: Spell): void {
    // Up to where the new one ends, so that all it could overlap is known.
    for (const known of this) if (known.from > spell.to) break;
    const others = this.#known.flatMap((known): Spell[] => {
      if (known.to <= spell.from || known.from >= spell.to) return [known];
      const before = { ...known, to: spell.from };
      const after = { ...known, from: spell.to };
      return [before, after].filter(({ from, to }) => from < to);
    });
    this.#known.length = 0;
    this.#known.push(...[...others, spell].sort((a, b) => a.from - b.from));
  }
}
