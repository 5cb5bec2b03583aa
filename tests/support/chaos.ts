/**
 * A crowd of workers, processes of their own on links of their own, to which faults happen on a schedule. The schedule is
 * a pure function of its seed: plain data that can be printed, cut down by hand and played again.
 */
import { join } from 'node:path';
import { boundedInteger, drawUniform, randomWords } from '@gantry/shared';
import { EventTail } from './event-tail.ts';
import { FaultyLink } from './faulty-link.ts';
import type { Command, Coordinator, Exit, LoggedEvent, System } from './gantry.ts';

export const faultKinds = [
  /** Its process is killed; later a new worker comes in its place. */
  'kill',
  /** Its process is stopped, as by a closed lid, and goes on later. */
  'freeze',
  /** Its connections are reset. */
  'reset',
  /** Its link swallows everything and tells nobody. */
  'mute',
  /** Its link is slow. */
  'slow',
  /** It is ended, and started again as the same worker. */
  'reload',
] as const;
export type FaultKind = (typeof faultKinds)[number];

export interface Fault {
  /** Steps done when it happens. */
  readonly step: number;
  readonly kind: FaultKind;
  /** Whom it is meant for; where that one is not at work, the next who is. */
  readonly place: number;
  /** Milliseconds that it lasts; a reset is over at once, and a reload takes what it takes. */
  readonly lasts: number;
}

export interface Storm {
  readonly seed: number;
  /** Places for workers. A third of them, two at least, is taken from the beginning, the others in the first half of the run. */
  readonly places: number;
  readonly steps: number;
  /** Steps from one fault to the next. */
  readonly every: number;
}

/** Milliseconds: a lease's deadline lies at two seconds or beyond, so some freezes outlast it and some do not. */
const shortest = 500;
const longest = 4000;
/** Milliseconds on top of each direction of a slow link. */
const slowness = 150;

/** Kinds are dealt like cards: of so many consecutive faults as there are kinds, each is one. */
export function faultSchedule({ seed, places, steps, every }: Storm): readonly Fault[] {
  const count = Math.floor((0.9 * steps) / every);
  const [where, lasting] = [new Uint32Array(count), new Float64Array(count)];
  randomWords({ seed, purpose: 'example', pass: 1 }, where);
  drawUniform({ seed, purpose: 'example', pass: 2 }, lasting);
  const kinds = Array.from({ length: Math.ceil(count / faultKinds.length) }, (_, i) => deal(seed, i)).flat();
  return Array.from({ length: count }, (_, i) => ({
    step: (i + 1) * every,
    kind: kinds[i],
    place: boundedInteger(where[i], places),
    lasts: Math.round(shortest + (longest - shortest) * lasting[i]),
  }));
}

function deal(seed: number, round: number): FaultKind[] {
  const words = randomWords(
    { seed, purpose: 'permutation', step: round },
    new Uint32Array(faultKinds.length),
  );
  return faultKinds.map((kind, i) => ({ kind, word: words[i] })).sort((a, b) => a.word - b.word).map(({ kind }) => kind); // prettier-ignore
}

/** A fault as it happened. */
export interface Injected {
  readonly kind: FaultKind;
  /** The name of the worker that it happened to. */
  readonly name: string;
}

/** What came of a schedule. */
export interface Survived {
  readonly injected: readonly Injected[];
  /** Workers that came for the first time. */
  readonly joined: number;
  /** Workers that ended though nobody ended them; [] is right. */
  readonly complaints: readonly string[];
  readonly events: readonly LoggedEvent[];
  readonly exit: Exit;
}

interface Place {
  readonly link: FaultyLink;
  /** null: nobody is there. */
  process: Command | null;
  /** A fault is going on. */
  struck: boolean;
  /** Workers that were there. */
  generation: number;
}

/** Milliseconds between looks at the run. */
const lookEvery = 30;

/** Plays a schedule on workers that join `coordinator`, which ends when its run is done. */
export async function weather(
  system: System,
  coordinator: Coordinator,
  storm: Storm,
  schedule: readonly Fault[],
): Promise<Survived> {
  const crowd = new Crowd(system, coordinator);
  const events: LoggedEvent[] = [];
  try {
    const early = Math.max(2, Math.ceil(storm.places / 3));
    for (let i = 0; i < storm.places; i++) {
      // oxlint-disable-next-line no-await-in-loop -- numbers follow places
      await crowd.furnish();
    }
    for (let i = 0; i < early; i++) crowd.begin(i);
    const tail = new EventTail(coordinator.directory);
    const injected: Injected[] = [];
    const coming = [...schedule];
    let begun = early;
    const exit = coordinator.exit.finally(() => {
      crowd.over = true;
    });
    while (!crowd.over) {
      // oxlint-disable-next-line no-await-in-loop -- a look after the other
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
      // oxlint-disable-next-line no-await-in-loop
      events.push(...(await tail.next()));
      const done = stepsDone(events);
      // Spread over the first half.
      const due = early + Math.floor(((storm.places - early) * 2 * done) / storm.steps);
      for (; begun < Math.min(due, storm.places); begun++) crowd.begin(begun);
      const next = coming.at(0);
      const name = next === undefined || next.step > done ? null : crowd.strike(next);
      if (next === undefined || name === null) continue;
      coming.shift();
      injected.push({ kind: next.kind, name });
    }
    events.push(...(await tail.next()));
    return { injected, joined: crowd.joined, complaints: crowd.complaints, events, exit: await exit };
  } finally {
    await crowd.disperse();
  }
}

function stepsDone(events: readonly LoggedEvent[]): number {
  const last = events.findLast(({ type }) => type === 'step');
  return last === undefined ? 0 : 2 * (last.iteration ?? 0) + (last.phase === 'generator' ? 2 : 1);
}

class Crowd {
  readonly complaints: string[] = [];
  joined = 0;
  /** Nobody is started any more, and whoever ends may. */
  over = false;
  readonly #system: System;
  readonly #coordinator: Coordinator;
  readonly #places: Place[] = [];
  /** Processes that are told to end, or killed. */
  readonly #ending = new Set<Command>();

  constructor(system: System, coordinator: Coordinator) {
    this.#system = system;
    this.#coordinator = coordinator;
  }

  async furnish(): Promise<void> {
    const link = await FaultyLink.open(this.#coordinator.url);
    this.#places.push({ link, process: null, struck: false, generation: 0 });
  }

  /** A new worker takes a place. */
  begin(index: number): void {
    this.joined += 1;
    this.#places[index].generation += 1;
    this.#start(index);
  }

  #start(index: number): void {
    if (this.over) return;
    const place = this.#places[index];
    const name = nameOf(index, place);
    const { joinCode } = this.#coordinator;
    const process = this.#system.gantry([
      'work',
      place.link.url,
      '--code',
      joinCode,
      '--name',
      name,
      '--state',
      join(this.#system.folder, `${joinCode}-${name}`),
    ]);
    place.process = process;
    void this.#watch(process, place, name);
  }

  async #watch(process: Command, place: Place, name: string): Promise<void> {
    const exit = await process.exit;
    if (this.over || this.#ending.has(process)) return;
    // The run's end is a good one.
    if (exit.code !== 0) this.complaints.push(`${name}: ${JSON.stringify(exit)}`);
    if (place.process === process) place.process = null;
  }

  /** @returns the name of whom it happens to; null where nobody is at work */
  strike({ kind, place: index, lasts }: Fault): string | null {
    const count = this.#places.length;
    const order = Array.from({ length: count }, (_, i) => (index + i) % count);
    const found = order.find((i) => isAtWork(this.#places[i]));
    const place = this.#places[found ?? -1] as Place | undefined;
    if (found === undefined || !place?.process) return null;
    place.struck = true;
    const { process } = place;
    const name = nameOf(found, place);
    void this.#happen(kind, found, place, process, lasts).finally(() => {
      place.struck = false;
    });
    return name;
  }

  async #happen(
    kind: FaultKind,
    index: number,
    place: Place,
    process: Command,
    lasts: number,
  ): Promise<void> {
    const { link } = place;
    const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, lasts));
    switch (kind) {
      case 'kill':
        this.#ending.add(process);
        process.signal('SIGKILL');
        await process.exit;
        await wait();
        if (!this.over) this.begin(index);
        return;
      case 'reload':
        this.#ending.add(process);
        process.signal('SIGTERM');
        await process.exit;
        this.#start(index);
        return;
      case 'freeze':
        this.#system.freeze(process.pid);
        await wait();
        this.#system.thaw(process.pid);
        return;
      case 'reset':
        link.reset();
        return;
      case 'mute':
        link.mute(true);
        await wait();
        link.mute(false);
        // Nobody tells it: its own silence is long over when it comes back.
        await this.#returned(process);
        return;
      case 'slow':
        link.slow(slowness);
        await wait();
        link.slow(0);
        return;
    }
  }

  /** Resolves when it is at work on another connection than now, or the run is over. */
  async #returned(process: Command): Promise<void> {
    const before = timesAtWork(process);
    while (!this.over && timesAtWork(process) === before) {
      // oxlint-disable-next-line no-await-in-loop -- a look after the other
      await new Promise((resolve) => setTimeout(resolve, lookEvery));
    }
  }

  async disperse(): Promise<void> {
    this.over = true;
    const processes = this.#places.flatMap(({ process }) => process ?? []);
    for (const { pid } of processes) this.#system.kill(pid);
    await Promise.all(processes.map(({ exit }) => exit));
    await Promise.all(this.#places.map(({ link }) => link.close()));
  }
}

/** By place, and how many were there before. */
const nameOf = (index: number, { generation }: Place): string => `${index + 1}.${generation}`;

const atWork = ': working on ';
const timesAtWork = (process: Command): number => process.stdout().split(atWork).length - 1;

/** By its own last word; what hits it before it is joined and tested would say nothing of the run. */
const isAtWork = ({ process, struck }: Place): boolean =>
  process !== null && !struck && (process.stdout().trimEnd().split('\n').at(-1)?.includes(atWork) ?? false);
