/** What a session's state is called on the page. */
import type { SessionStatus } from '../session/status.ts';

/** `good`: computing; `calm`: nothing to do, or soon; `stopped`: somebody has to act; `bad`: it cannot go on. */
export type Tone = 'good' | 'calm' | 'stopped' | 'bad';

export interface StateWords {
  readonly title: string;
  readonly text: string;
  readonly tone: Tone;
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
  const words = basicWords(shown, status);
  return status.detail === null ? words : { ...words, text: status.detail.message };
}

function basicWords(shown: ShownState, status: SessionStatus): StateWords {
  switch (shown) {
    case 'connecting':
      return status.worker === null
        ? { title: 'Joining', text: 'Reaching the coordinator.', tone: 'calm' }
        : {
            title: 'Connection lost',
            text: 'Trying to reach the coordinator again. This worker keeps its place.',
            tone: 'stopped',
          };
    case 'testing':
      return {
        title: 'Testing this machine',
        text: 'Checking that it computes correctly, and which way is fastest.',
        tone: 'calm',
      };
    case 'working':
      return { title: 'Working', text: 'This machine computes its part of the run.', tone: 'good' };
    case 'waiting':
      return waitingWords(status.runStatus);
    case 'paused':
      return {
        title: 'Paused by you',
        text: 'This machine takes no work. It keeps its place in the run.',
        tone: 'stopped',
      };
    case 'hidden':
      return {
        title: 'In the background',
        text: 'Browsers slow hidden tabs down. Show this tab to work at full speed.',
        tone: 'stopped',
      };
    case 'quarantined':
      return {
        title: 'Quarantined',
        text: 'What this machine computed was wrong. Whoever runs the class can pardon it.',
        tone: 'bad',
      };
    case 'refused':
      return { title: 'Not admitted', text: 'The coordinator refused this worker.', tone: 'bad' };
    case 'unable':
      return {
        title: 'This browser cannot compute',
        text: 'No backend passed the test. The technical details say why.',
        tone: 'bad',
      };
    case 'left':
      return { title: 'You have left', text: 'The run goes on without this machine.', tone: 'stopped' };
    case 'finished':
      return {
        title: 'The run is finished',
        text: 'Thank you: this machine helped to train it.',
        tone: 'good',
      };
  }
}

function waitingWords(runStatus: SessionStatus['runStatus']): StateWords {
  if (runStatus === 'waiting') {
    return { title: 'Waiting', text: 'The run has not started yet, or waits for workers.', tone: 'calm' };
  }
  return { title: 'Waiting', text: 'Ready. Other workers have the parts of this step.', tone: 'calm' };
}
