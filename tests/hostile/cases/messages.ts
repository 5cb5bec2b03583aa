/** Control messages that are none, or that do not come when they may. */
import { limits, protocolVersion, type ErrorCode } from '@gantry/shared';
import type { Case, Peer } from '../case.ts';

const text = (input: string, says: string, message: string, error: ErrorCode = 'MESSAGE_INVALID'): Case => ({
  input,
  error,
  says,
  send: () => message,
});
const json = (input: string, says: string, message: object): Case =>
  text(input, says, JSON.stringify(message));

const hello = { type: 'hello', protocol: protocolVersion, kind: 'tab' };
const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

export const brokenMessages: readonly Case[] = [
  text('text that is not JSON', 'are not JSON', 'GET / HTTP/1.1'),
  text('an empty message', 'are not JSON', ''),
  text('JSON that is cut off', 'JSON', '{"type":"bye"'),
  text('JSON that is no object', 'expected object', '"bye"'),
  text('null', 'expected object', 'null'),
  text('a list nested 30,000 deep', 'expected object', nested(30_000)),
  text(
    'an object nested 8,000 deep',
    'cause',
    `{"type":"give-back","lease":1,"reason":"","cause":${'{"a":'.repeat(8000)}1${'}'.repeat(8001)}`,
  ),
  json('a message without a type', 'type', { lease: 1 }),
  json('a message of an unknown type', 'type', { type: 'shutdown' }),
  json('a message that only the coordinator sends', 'type', { type: 'finished' }),
  json('a type that is no text', 'type', { type: { toString: 'bye' } }),
  json('an unknown field', 'Unrecognized key', { type: 'bye', now: true }),
  text('the key `__proto__`', '__proto__', '{"type":"bye","__proto__":{"type":"hello"}}'),
  text('the key `constructor`', 'constructor', '{"type":"bye","constructor":{"prototype":{"polluted":1}}}'),
  text('a message whose fields are all in `__proto__`', 'type', '{"__proto__":{"type":"bye"}}'),
  json('6,000 unknown keys', 'Unrecognized keys', {
    type: 'bye',
    ...Object.fromEntries(Array.from({ length: 6000 }, (_, i) => [`k${i}`, 0])),
  }),
  json('a field of the wrong type', 'lease', { type: 'give-back', lease: '1', cause: 'failed', reason: '' }),
  json('a field that is missing', 'cause', { type: 'give-back', lease: 1, reason: '' }),
  json('a value that is not one of the known ones', 'state', { type: 'availability', state: 'asleep' }),
  json('a negative lease', 'lease', { type: 'give-back', lease: -1, cause: 'failed', reason: '' }),
  json('a lease beyond 32 bits', 'lease', { type: 'give-back', lease: 2 ** 32, cause: 'failed', reason: '' }),
  json('a fraction of a lease', 'lease', { type: 'give-back', lease: 0.5, cause: 'failed', reason: '' }),
  text('a number beyond all numbers', 'version', '{"type":"need-snapshot","version":1e999}'),
  json('a speed below zero', 'millisecondsPerMicrobatch', {
    type: 'ready',
    backend: 'wasm',
    tests: [],
    millisecondsPerMicrobatch: -1,
  }),
  json('a thousand tests', 'tests', {
    type: 'unable',
    tests: Array.from({ length: 1000 }, () => ({ backend: 'wasm', passed: false })),
  }),
  json('a reason of 60,000 characters', 'reason', {
    type: 'give-back',
    lease: 1,
    cause: 'failed',
    reason: 'x'.repeat(60_000),
  }),
  text(
    'a message of more than 64 KiB',
    'characters, at most',
    JSON.stringify({ type: 'bye', x: 'x'.repeat(limits.controlMessage) }),
  ),
  {
    input: 'text that is not UTF-8',
    error: 'SOCKET_INVALID',
    close: 1007,
    send: ({ worker }) => worker.send(Uint8Array.of(0x22, 0xff, 0xfe, 0x22), false),
  },
  {
    input: 'a right message as a binary frame',
    error: 'FRAME_INVALID',
    says: 'length is 15',
    send: () => new TextEncoder().encode('{"type":"bye" }'),
  },
];

export const unexpectedMessages: readonly Case[] = [
  { ...json('a second hello', 'while joined', hello), error: 'MESSAGE_UNEXPECTED' },
  {
    input: 'that it is ready, twice',
    error: 'MESSAGE_UNEXPECTED',
    says: '"ready"',
    send({ worker }) {
      // Out of work, so that nothing is leased to it in between.
      worker.say({ type: 'availability', state: 'paused' });
      worker.ready(1);
      worker.ready(1);
    },
  },
  {
    input: 'its replica, unasked',
    error: 'MESSAGE_UNEXPECTED',
    says: 'nobody asked',
    send: () => JSON.stringify({ type: 'replica', version: 0xffffffff, checksum: 0xffffffff }),
  },
];

const giveBack = ({ lease }: Pick<Peer['lease'], 'lease'>): string =>
  JSON.stringify({ type: 'give-back', lease, cause: 'failed', reason: 'mine' });

export const strangersMessages: readonly Case[] = [
  {
    input: "back another worker's lease",
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: ({ theirs }) => giveBack(theirs),
  },
  {
    input: 'back a lease that nobody has',
    error: 'UPDATE_INVALID',
    says: 'does not hold',
    send: ({ lease }) => giveBack(lease),
  },
];

/** From who has not said hello. */
export const earlyInputs: readonly Case[] = [
  {
    input: 'a frame before its hello',
    error: 'MESSAGE_UNEXPECTED',
    says: '"binary".* while not joined',
    send: () => new Uint8Array(64),
  },
  {
    input: 'a message before its hello',
    error: 'MESSAGE_UNEXPECTED',
    says: '"availability".* while not joined',
    send: () => JSON.stringify({ type: 'availability', state: 'hidden' }),
  },
  {
    input: 'text that is not JSON before its hello',
    error: 'MESSAGE_INVALID',
    says: 'are not JSON',
    send: () => 'hello',
  },
  {
    input: 'a hello of another protocol',
    error: 'PROTOCOL_VERSION',
    says: 'speaks protocol 999',
    send: () => JSON.stringify({ ...hello, protocol: 999 }),
  },
  {
    input: 'a hello with a name that moves the cursor',
    error: 'MESSAGE_INVALID',
    says: 'name:',
    send: () => JSON.stringify({ ...hello, name: '\u001b[2J' }),
  },
  {
    input: 'a hello with a token of 65 characters',
    error: 'MESSAGE_INVALID',
    says: 'token:',
    send: () => JSON.stringify({ ...hello, token: 'x'.repeat(65) }),
  },
];
