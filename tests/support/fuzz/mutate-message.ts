/** Control messages that are right but for what is mutated: fields, types, values, text. */
import { limits, protocolVersion, type CoordinatorMessage, type WorkerMessage } from '@gantry/shared';
import type { Dice } from './dice.ts';

const nested = (depth: number): unknown => JSON.parse('['.repeat(depth) + ']'.repeat(depth));
const names = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'type', 'x', '', '0'];

const values = (dice: Dice): unknown =>
  dice.pick<() => unknown>([
    () => null,
    () => dice.chance(0.5),
    () => dice.pick([0, -0, -1, 0.5, 1e-300, 1e308, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53, -(2 ** 53)]),
    () => dice.word(),
    () => '',
    () => 'x'.repeat(dice.pick([1, 40, 41, 64, 65, 300, 301, 10_000])),
    () => dice.pick(['\u0000', '\u001b[2J', '\u202e', '\ud800', '😀'.repeat(20), '%s%n', '../../etc', '"']),
    () => [],
    () => ({}),
    () => Array.from({ length: dice.pick([1, 9, 1000]) }, () => dice.word()),
    () => nested(dice.pick([1, 100, 1000])),
    () => ({ [dice.pick(names)]: { polluted: true } }),
  ])();

type Fields = Record<string, unknown>;

/** As JSON: an assignment to `__proto__` would go elsewhere. */
const withField = (fields: Fields, name: string, value: unknown): string =>
  `{${[...Object.entries(fields), [name, value] as const]
    .map(([key, each]) => `${JSON.stringify(key)}:${JSON.stringify(each) ?? 'null'}`)
    .join(',')}}`;

const structural: readonly ((fields: Fields, dice: Dice) => string)[] = [
  (fields, dice) => withField(without(fields, dice), dice.pick(names), values(dice)),
  (fields, dice) => JSON.stringify(without(fields, dice)),
  (fields, dice) => JSON.stringify({ ...fields, [dice.pick(Object.keys(fields))]: values(dice) }),
  (fields, dice) => withField(fields, dice.pick(names), values(dice)),
  // The same key twice.
  (fields, dice) => withField(fields, dice.pick(Object.keys(fields)), values(dice)),
  (fields) => JSON.stringify([fields]),
  (_fields, dice) => JSON.stringify(values(dice)) ?? 'null',
];

function without(fields: Fields, dice: Dice): Fields {
  const gone = dice.pick(Object.keys(fields));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => name !== gone));
}

const textual: readonly ((text: string, dice: Dice) => string)[] = [
  (text, dice) => text.slice(0, dice.under(text.length)),
  (text, dice) => {
    const at = dice.under(text.length);
    return text.slice(0, at) + String.fromCharCode(dice.under(0xd800)) + text.slice(at + dice.under(3));
  },
  (text, dice) => text + dice.pick([' ', '\n', '\u0000', '}', ',', text, '\ufeff']),
  (text) => `\ufeff${text}`,
  (text, dice) => text.replace(/\d+/, dice.pick(['1e999', '-0', '00', '0x1', '1'.repeat(400), 'NaN', '1.5'])),
  (text, dice) => dice.pick(['{', '['] as const).repeat(dice.pick([1, 1000, 60_000])) + text,
  (text) => text.replace('{', `{"x":"${'x'.repeat(limits.controlMessage)}",`),
];

/** Right messages of a worker. @param leases - that it may name; one at least */
export function rightMessage(dice: Dice, leases: readonly number[], token: string): WorkerMessage {
  const lease = dice.pick(leases);
  const tests = [{ backend: 'wasm' as const, passed: true, error: 1e-7, milliseconds: 3 }];
  return dice.pick<() => WorkerMessage>([
    () => ({ type: 'hello', protocol: protocolVersion, kind: 'headless', token }),
    () => ({
      type: 'ready',
      backend: 'wasm',
      tests,
      millisecondsPerMicrobatch: dice.pick([0, 0.01, 50, 1e9]),
    }),
    () => ({ type: 'unable', tests }),
    () => ({ type: 'availability', state: dice.pick(['working', 'hidden', 'paused']) }),
    () => ({
      type: 'give-back',
      lease,
      cause: dice.pick(['paused', 'replica', 'failed', 'revoked']),
      reason: 'mine',
    }),
    () => ({ type: 'need-snapshot', version: dice.word() }),
    () => ({ type: 'replica', version: dice.word(), checksum: dice.word() }),
    () => ({ type: 'bye' }),
  ])();
}

export interface Text {
  readonly bytes: Uint8Array<ArrayBuffer> | string;
  /** Whether it passes for a tensor frame. */
  readonly binary: boolean;
}

/** @param message - right; not changed */
export function mutatedMessage(message: WorkerMessage | CoordinatorMessage, dice: Dice): Text {
  let text = dice.chance(0.1) ? JSON.stringify(message) : dice.pick(structural)({ ...message }, dice);
  if (dice.chance(0.3)) text = dice.pick(textual)(text, dice);
  if (dice.chance(0.9)) return { bytes: text, binary: false };
  const bytes = new TextEncoder().encode(text);
  // Perhaps not UTF-8 any more; perhaps as a frame.
  if (bytes.length > 0 && dice.chance(0.5)) bytes[dice.under(bytes.length)] = dice.under(256);
  return { bytes, binary: dice.chance(0.3) };
}
