/** What a presenter's page, or whoever passes for one, can say wrongly once it was let in. */
import type { ErrorCode } from '@gantry/shared';

export interface PresenterCase {
  /** In words that follow on "a page that sends". */
  readonly input: string;
  readonly error: ErrorCode;
  readonly message: object;
}

/** A worker that is there, and one that is not. */
const [worker, nobody] = [1, 77];

export const presenterCases: readonly PresenterCase[] = [
  { input: 'an action that there is not', error: 'MESSAGE_INVALID', message: { type: 'shutdown' } },
  {
    input: 'an action with a field that it has not',
    error: 'MESSAGE_INVALID',
    message: { type: 'pause', worker },
  },
  {
    input: 'a learning rate that is none',
    error: 'MESSAGE_INVALID',
    message: { type: 'set-learning-rates', rates: { discriminator: -1, generator: 1 } },
  },
  {
    input: 'a phase without steps',
    error: 'MESSAGE_INVALID',
    message: { type: 'set-lengths', lengths: { discriminator: 0, generator: 1 } },
  },
  {
    input: 'slow motion of more than a minute',
    error: 'MESSAGE_INVALID',
    message: { type: 'slow-motion', milliseconds: 60_001 },
  },
  {
    input: 'a name that moves the cursor',
    error: 'MESSAGE_INVALID',
    message: { type: 'rename', worker, name: 'a\u001b[2J' },
  },
  {
    input: 'a name of 41 characters',
    error: 'MESSAGE_INVALID',
    message: { type: 'rename', worker, name: 'a'.repeat(41) },
  },
  {
    input: 'a fault that there is not',
    error: 'MESSAGE_INVALID',
    message: { type: 'play-fault', worker, fault: { kind: 'explode' } },
  },
  {
    input: 'a freeze of more than ten minutes',
    error: 'MESSAGE_INVALID',
    message: { type: 'play-fault', worker, fault: { kind: 'freeze', seconds: 601 } },
  },
  {
    input: 'a round, where there are steps',
    error: 'CONTROL_IMPOSSIBLE',
    message: { type: 'advance', unit: 'round' },
  },
  {
    input: 'a fault for a worker that there is not',
    error: 'FAULT_IMPOSSIBLE',
    message: { type: 'play-fault', worker: nobody, fault: { kind: 'corrupt' } },
  },
  {
    input: 'a pardon for a worker that there is not',
    error: 'WORKER_UNKNOWN',
    message: { type: 'pardon', worker: nobody },
  },
  {
    input: 'a name for a worker that there is not',
    error: 'WORKER_UNKNOWN',
    message: { type: 'rename', worker: nobody, name: 'Ada' },
  },
  {
    input: 'the removal of a worker that there is not',
    error: 'WORKER_UNKNOWN',
    message: { type: 'remove', worker: nobody },
  },
  {
    input: 'a pardon for a worker that needs none',
    error: 'PARDON_NEEDLESS',
    message: { type: 'pardon', worker },
  },
];
