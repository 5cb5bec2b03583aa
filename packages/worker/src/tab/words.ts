/** What a session's state is called on the page: names of texts, and what they leave room for. */
import type { ErrorCode } from '@gantry/shared';
import type { Values } from '@gantry/shared/page';
import type { Detail, SessionStatus } from '../session/status.ts';
import { hasText, type TextKey } from './text.ts';

/** `good`: computing; `calm`: nothing to do, or soon; `stopped`: somebody has to act; `bad`: it cannot go on. */
export type Tone = 'good' | 'calm' | 'stopped' | 'bad';

export interface StateWords {
  readonly title: TextKey;
  readonly text: TextKey;
  readonly values: Values;
  readonly tone: Tone;
  /** The registry's sentence where it says more than the text, or in place of it. English. */
  readonly said: { readonly sentence: string; readonly instead: boolean } | null;
  /** Comes and goes with every step: not for a screen reader. */
  readonly passing: boolean;
}

/** Milliseconds after its last lease for which a worker still counts as working. */
export const workingFor = 2500;

/**
 * Leases come and go many times a second. A page that followed them would flicker, and a screen reader never
 * stop: so work between two leases is one state.
 */
export type ShownState = Exclude<SessionStatus['state'], 'computing' | 'sampling'> | 'working';

/** @param sinceWork - milliseconds since the session last computed or sampled */
export function shownState(state: SessionStatus['state'], sinceWork: number): ShownState {
  if (state === 'computing' || state === 'sampling') return 'working';
  return state === 'waiting' && sinceWork < workingFor ? 'working' : state;
}

export function stateWords(shown: ShownState, status: SessionStatus): StateWords {
  const words = { values: {}, said: null, passing: false, ...basicWords(shown, status) };
  const played = playedWords(status);
  if (played !== null) return { ...words, ...played };
  if (shown === 'quarantined') {
    return { ...words, said: { sentence: status.quarantined ?? '', instead: false } };
  }
  return status.detail === null ? words : { ...words, ...wordsOf(status.detail, words.text) };
}

/** What the presenter has it play goes before what it is like for the coordinator. */
function playedWords({ fault, state }: SessionStatus): Pick<StateWords, 'title' | 'text' | 'tone'> | null {
  if (fault === null || state === 'quarantined' || state === 'left' || state === 'finished') return null;
  return { title: `state:fault.${fault}`, text: `errors:${playedCodes[fault]}`, tone: 'stopped' };
}

const playedCodes = {
  'switch-off': 'FAULT_SWITCH_OFF',
  freeze: 'FAULT_FREEZE',
  slow: 'FAULT_SLOW',
  corrupt: 'FAULT_CORRUPT',
} as const;

type BasicWords = Pick<StateWords, 'title' | 'text' | 'tone'> & Partial<StateWords>;

function basicWords(shown: ShownState, status: SessionStatus): BasicWords {
  switch (shown) {
    case 'connecting':
      if (isBarred(status.detail)) return plain('refused', 'bad');
      if (status.worker === null) return plain('connecting', 'calm');
      return plain(offTheNetwork(status.detail) ? 'lost' : 'back', 'stopped');
    case 'waiting':
      return waitingWords(status);
    case 'testing':
      return plain(shown, 'calm');
    case 'working':
    case 'staying':
    case 'finished':
      return plain(shown, 'good');
    case 'paused':
    case 'hidden':
    case 'left':
      return plain(shown, 'stopped');
    case 'quarantined':
    case 'refused':
    case 'unable':
      return plain(shown, 'bad');
  }
}

type Plain =
  | Exclude<ShownState, 'waiting'>
  | 'lost'
  | 'back'
  | 'drawing'
  | `waitingFor.${'presenter' | 'next' | 'network' | 'sheet'}`;

/** Codes of connections that ended for a reason of their own. */
const onPurpose: readonly ErrorCode[] = [
  'PUT_ASIDE',
  'MACHINE_SLEPT',
  'CONTEXT_LOST',
  'MESSAGES_TOO_MANY',
  'FAULT_SWITCH_OFF',
];

/** The teacher has to mend something before this page can get in. It goes on trying. */
const barring: readonly ErrorCode[] = ['ORIGIN_FOREIGN', 'HOST_UNKNOWN'];

const isBarred = (detail: Detail | null): boolean => detail !== null && barring.includes(detail.code);

const offTheNetwork = (detail: Detail | null): boolean => detail === null || !onPurpose.includes(detail.code);

const plain = (state: Plain, tone: Tone): BasicWords => ({
  title: `state:${state}.title`,
  text: `state:${state}.text`,
  tone,
});

function waitingWords({ waiting, sheetsOnly }: SessionStatus): BasicWords {
  if (waiting === null) return { title: 'state:waiting.title', text: 'state:waiting.text', tone: 'calm' };
  const { for: what, count } = waiting;
  const counted = { tone: 'calm', values: { count } } as const;
  switch (what) {
    case 'presenter':
      return plain('waitingFor.presenter', 'calm');
    case 'network':
      return { ...plain('waitingFor.network', 'calm'), passing: true };
    case 'sheet':
      return plain(sheetsOnly ? 'drawing' : 'waitingFor.sheet', 'calm');
    case 'others':
      if (count === 0) return { ...plain('waitingFor.next', 'calm'), passing: true };
      return {
        title: 'state:waitingFor.others.title',
        text: 'state:waitingFor.others.text',
        ...counted,
        passing: true,
      };
    case 'workers':
      return { title: 'state:waitingFor.workers.title', text: 'state:waitingFor.workers.text', ...counted };
    case 'blocks':
      return { title: 'state:waitingFor.blocks.title', text: 'state:waitingFor.blocks.text', ...counted };
    case 'turn':
      return { title: 'state:waitingFor.turn.title', text: 'state:waitingFor.turn.text', ...counted };
  }
}

/** Codes whose sentence names what went wrong: that is for whoever helps, and stands below the text. */
const telling: readonly ErrorCode[] = [
  'PUT_ASIDE',
  'NO_BACKEND',
  'COMPUTE_BROKEN',
  'CHUNK_UNAVAILABLE',
  ...barring,
];
/** Codes that say no more than the state's own text. */
const ofState: readonly ErrorCode[] = ['NO_BACKEND', 'CONNECTION_LOST'];

function wordsOf({ code, message }: Detail, text: TextKey): Pick<StateWords, 'text' | 'said'> {
  const said = telling.includes(code) ? { sentence: message, instead: false } : null;
  if (ofState.includes(code)) return { text, said };
  return hasText(code)
    ? { text: `errors:${code}`, said }
    : { text, said: { sentence: message, instead: true } };
}
