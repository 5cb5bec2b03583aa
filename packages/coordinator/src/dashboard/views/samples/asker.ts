/**
 * Asks the coordinator for pictures, one at a time: there the newest overtakes what waits, so that of two asked for at once
 * one would never come. Of what waits here the newest of each purpose is kept.
 */
import { signal, type ReadonlySignal } from '@preact/signals';
import type { Picture, PresenterAction, PresenterPicture } from '@gantry/shared';

export interface Answer {
  readonly picture: Picture;
  readonly drawn: PresenterPicture;
}

/** `late`: nobody has drawn it so far; `failed`: a worker tried and could not. */
export type AskState = 'idle' | 'drawing' | 'late' | 'failed';

export interface Asker {
  readonly state: ReadonlySignal<AskState>;
  /** @param answered - called with what was drawn; not called where a newer one of the same purpose came before */
  readonly ask: (purpose: string, picture: Picture, answered: (answer: Answer) => void) => void;
  /** A picture has come, whoever had asked for it. */
  readonly hear: (drawn: PresenterPicture) => void;
}

/** Milliseconds after which an answer is late, and asked for again: another page may have overtaken it. */
const patience = 2000;

interface Wish {
  readonly picture: Picture;
  readonly answered: (answer: Answer) => void;
}

/** @param act - tells the coordinator; @param first - number of the first ask, unlike those of other pages */
export function createAsker(
  act: (action: PresenterAction) => void,
  first = Math.floor(Math.random() * 2 ** 31),
): Asker {
  const state = signal<AskState>('idle');
  const waiting = new Map<string, Wish>();
  let asked: (Wish & { readonly purpose: string; readonly ask: number }) | null = null;
  let next = first;
  let timer: ReturnType<typeof setTimeout> | undefined;

  const send = (): void => {
    clearTimeout(timer);
    const [entry] = waiting;
    if (entry === undefined) {
      asked = null;
      return;
    }
    const [purpose, wish] = entry;
    waiting.delete(purpose);
    asked = { ...wish, purpose, ask: next };
    next += 1;
    if (state.value !== 'late') state.value = 'drawing';
    act({ type: 'draw', ask: asked.ask, picture: wish.picture });
    timer = setTimeout(again, patience);
  };
  /** Where something newer of its purpose waits, that takes its place. */
  const again = (): void => {
    state.value = 'late';
    if (asked === null || waiting.has(asked.purpose)) {
      send();
      return;
    }
    act({ type: 'draw', ask: asked.ask, picture: asked.picture });
    timer = setTimeout(again, patience);
  };
  return {
    state,
    ask(purpose, picture, answered) {
      // Deleted first, so that it goes to the end: each purpose has its turn.
      waiting.delete(purpose);
      waiting.set(purpose, { picture, answered });
      if (asked === null) send();
    },
    hear(drawn) {
      if (asked === null || drawn.ask !== asked.ask) return;
      const { picture, answered } = asked;
      const came = drawn.pixels !== undefined || drawn.points !== undefined;
      state.value = came ? 'idle' : 'failed';
      if (came) answered({ picture, drawn });
      send();
    },
  };
}
