/** Frames that are right but for what is mutated: fields, heads, numbers, lengths; with checksums made right again, or not. */
import { codecNumbers, frameKinds, headerBytes, sealFrame } from '@gantry/shared';
import { headerField, headField, type Bytes } from '../frames.ts';
import type { Dice } from './dice.ts';

/** Integers at which something may turn over. */
const edges = [
  0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 127, 128, 255, 256, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
  0x80000000, 0xfffffff0, 0xfffffffc, 0xfffffffe, 0xffffffff,
] as const; // prettier-ignore
/** Numbers that are hard on arithmetic. */
const floats = [
  NaN, Infinity, -Infinity, 3.4028235e38, -3.4028235e38, 8.5e37, 4.3e37, 1e30, 1e19, -1, -0, 1e-45, 1e-38,
] as const; // prettier-ignore

type Mutation = (frame: Bytes, dice: Dice, others: readonly Bytes[]) => Bytes;

const view = (frame: Bytes): DataView => new DataView(frame.buffer, frame.byteOffset, frame.length);
const hasHeader = (frame: Bytes): boolean => frame.length >= headerBytes;

function setWord(frame: Bytes, at: number, value: number): Bytes {
  if (at + 4 <= frame.length) view(frame).setUint32(at, value, true);
  return frame;
}

const value = (dice: Dice): number => (dice.chance(0.7) ? dice.pick(edges) : dice.word());
const joined = (...parts: readonly Uint8Array[]): Bytes => new Uint8Array(Buffer.concat(parts));
/** An offset of 4 bytes in the payload. */
const wordAt = (frame: Bytes, dice: Dice): number =>
  headerBytes + 4 * dice.under(Math.max(1, (frame.length - headerBytes) >> 2));

const words = [
  headerField.incarnation, headerField.lease, headerField.version, headerField.count,
  headerField.payloadLength, headerField.base, headerField.replica, headerField.took, headerField.checksum,
] as const; // prettier-ignore

const mutations: readonly Mutation[] = [
  (frame, dice) => setWord(frame, dice.pick(words), value(dice)),
  // A byte of the header: magic, format, kind, codec, phase, reserved.
  (frame, dice) => {
    if (hasHeader(frame)) frame[dice.pick([0, 1, 4, 5, 6, 7, 20, 21, 22, 23])] = dice.under(256);
    return frame;
  },
  (frame, dice) => {
    if (hasHeader(frame)) frame[headerField.kind] = dice.pick(Object.values(frameKinds));
    return frame;
  },
  (frame, dice) => {
    if (hasHeader(frame)) frame[headerField.codec] = dice.pick(Object.values(codecNumbers));
    return frame;
  },
  // Heads of records.
  (frame, dice) => setWord(frame, dice.pick(Object.values(headField)), value(dice)),
  (frame, dice) => setWord(frame, wordAt(frame, dice), value(dice)),
  // Numbers.
  (frame, dice) => {
    const at = wordAt(frame, dice);
    if (at + 4 <= frame.length) view(frame).setFloat32(at, dice.pick(floats), true);
    return frame;
  },
  (frame, dice) => {
    if (frame.length > 0) frame[dice.under(frame.length)] ^= 1 << dice.under(8);
    return frame;
  },
  // Lengths.
  (frame, dice) => frame.slice(0, dice.under(frame.length + 1)),
  (frame, dice) => frame.slice(0, Math.max(0, frame.length - 4 * dice.under(8))),
  (frame, dice) => joined(frame, dice.bytes(dice.under(64))),
  (frame, dice) => joined(frame, new Uint8Array(4 * dice.under(64))),
  // Splices.
  (frame, dice, others) => {
    const other = others.length > 0 ? dice.pick(others) : frame;
    return joined(
      frame.subarray(0, dice.under(frame.length + 1)),
      other.subarray(dice.under(other.length + 1)),
    );
  },
  (frame, dice) => {
    const [from, to] = [dice.under(frame.length + 1), dice.under(frame.length + 1)].sort((a, b) => a - b);
    return joined(frame.subarray(0, to), frame.subarray(from));
  },
  (frame, _dice, others) => joined(frame, others[0]?.subarray(headerBytes) ?? new Uint8Array(0)),
  // Nothing of it is left.
  (_frame, dice) => dice.bytes(dice.under(2000)),
  (frame, dice) => joined(frame.subarray(0, headerBytes), dice.bytes(4 * dice.under(500))),
];

/** Writes the right payload length and checksum. */
function sealed(frame: Bytes): Bytes {
  if (!hasHeader(frame)) return frame;
  setWord(frame, headerField.payloadLength, frame.length - headerBytes);
  return sealFrame(frame);
}

/**
 * @param frame - right; not changed
 * @param others - frames to splice with
 */
export function mutatedFrame(frame: Bytes, dice: Dice, others: readonly Bytes[]): Bytes {
  let result = frame.slice();
  const times = 1 + dice.under(3);
  for (let i = 0; i < times; i++) result = dice.pick(mutations)(result, dice, others);
  return dice.chance(0.75) ? sealed(result) : result;
}

/** Whether a 4-byte word of the payload, at a place where float32 numbers lie, is not finite as such. */
function holdsNonFinite(frame: Bytes): boolean {
  for (let at = headerBytes; at + 4 <= frame.length; at += 4) {
    if ((view(frame).getUint32(at, true) & 0x7f800000) === 0x7f800000) return true;
  }
  return false;
}

/**
 * A frame that is about a lease which its sender holds, and that cannot be taken, in a run with `float32`: there each word
 * of a right payload is a small integer of a head, or a finite number. Words that are no finite numbers can be neither.
 */
export function unacceptable(frame: Bytes): Bytes {
  if (frame.length <= headerBytes || holdsNonFinite(frame)) return frame;
  const poisoned = frame.slice();
  const last = headerBytes + 4 * (((frame.length - headerBytes) >> 2) - 1);
  if (last < headerBytes) return poisoned; // less than a word: no payload of anything
  view(poisoned).setFloat32(last, NaN, true);
  return sealFrame(poisoned);
}
