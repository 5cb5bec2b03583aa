/**
 * xxHash32 (https://xxhash.com) of large buffers with the kernels, which is what takes longest where frames come in:
 * nearly twice as fast as one multiplication after another. The numbers are its specification's.
 */
import { places, type Workspace } from './kernels.ts';
import { windowLength } from './runs.ts';

const prime1 = 0x9e3779b1;
const prime2 = 0x85ebca77;
const prime3 = 0xc2b2ae3d;
const prime4 = 0x27d4eb2f;
const prime5 = 0x165667b1;

const turn = (x: number, by: number): number => (x << by) | (x >>> (32 - by));

/** @param bytes - 16 or more @returns an unsigned 32-bit integer */
export function xxHash32(
  { kernels, buffer, numberBytes }: Workspace,
  bytes: Uint8Array,
  seed: number,
): number {
  const lanes = new Uint32Array(buffer, places.lanes, 4);
  lanes[0] = seed + prime1 + prime2;
  lanes[1] = seed + prime2;
  lanes[2] = seed;
  lanes[3] = seed - prime1;
  const stripesEnd = bytes.length & ~15;
  for (let at = 0; at < stripesEnd; at += 4 * windowLength) {
    const part = bytes.subarray(at, Math.min(at + 4 * windowLength, stripesEnd));
    numberBytes.set(part);
    kernels.hashStripes(places.numbers, part.length, places.lanes);
  }
  let hash = turn(lanes[0], 1) + turn(lanes[1], 7) + turn(lanes[2], 12) + turn(lanes[3], 18) + bytes.length;
  const rest = new DataView(bytes.buffer, bytes.byteOffset + stripesEnd, bytes.length - stripesEnd);
  let at = 0;
  for (; at + 4 <= rest.byteLength; at += 4) {
    hash = Math.imul(turn(hash + Math.imul(rest.getUint32(at, true), prime3), 17), prime4);
  }
  for (; at < rest.byteLength; at++) {
    hash = Math.imul(turn(hash + Math.imul(rest.getUint8(at), prime5), 11), prime1);
  }
  hash = Math.imul(hash ^ (hash >>> 15), prime2);
  hash = Math.imul(hash ^ (hash >>> 13), prime3);
  return (hash ^ (hash >>> 16)) >>> 0;
}
