/**
 * Binary frames: a fixed little-endian header, then raw payload. PROTOCOL.md is the byte grammar.
 */
import { checksum32 } from '../checksum.ts';
import type { CodecName } from '../codec/codec.ts';
import { phaseNames, phaseNumber, type PhaseName } from '../config.ts';
import { gantryError } from '../errors.ts';

export const frameMagic = 0x52544e47; // "GNTR"
export const frameFormat = 1;
export const headerBytes = 48;

/** Kinds of frames. 1-15 go down to workers, 16-31 come up. Never reuse or renumber one. */
export const frameKinds = {
  snapshot: 1,
  delta: 2,
  ema: 3,
  merged: 4,
  discriminator: 5,
  update: 16,
  evaluation: 17,
  contribution: 18,
} as const;
export type FrameKind = keyof typeof frameKinds;
const kindNames = new Map<number, FrameKind>(
  Object.entries(frameKinds).map(([name, value]) => [value, name as FrameKind]),
);

/** How the parameters or gradients in a payload are encoded. Never reuse or renumber one. */
export const codecNumbers = { float32: 0, float16: 1, int8: 2, topk: 3 } as const satisfies Record<
  CodecName,
  number
>;
const namesOfCodecs = new Map<number, CodecName>(
  Object.entries(codecNumbers).map(([name, value]) => [value, name as CodecName]),
);

export interface FrameHeader {
  readonly kind: FrameKind;
  readonly codec: CodecName;
  /** The coordinator process that this belongs to; a resumed run is a new one. */
  readonly incarnation: number;
  /** The lease this belongs to; 0 for none. */
  readonly lease: number;
  /** Down: the version reached by applying this. Up: the version it was computed on. */
  readonly version: number;
  /** The phase of that step; for `delta`, the network that changed. */
  readonly phase: PhaseName;
  /** Records in an update, examples in an evaluation, number of the exchange in a contribution or its merged answer, else 0. */
  readonly count: number;
  /** Down: checksum of the replica's changed network at `version`; up: 0. */
  readonly replica: number;
  /** Of a delta of differences: the version at which this network had changed before, to which they are added. */
  readonly base: number;
  /** Of an update: microseconds that the worker computed, without what the network took. */
  readonly took: number;
}

/** What a frame is made of; what its kind has no use for is left out. */
export type FrameFields = Omit<FrameHeader, 'base' | 'took'> & Partial<Pick<FrameHeader, 'base' | 'took'>>;

/** The checksum covers the whole header but itself (as its seed), and the payload. */
function frameChecksum(bytes: Uint8Array): number {
  return checksum32(
    bytes.subarray(headerBytes),
    checksum32(bytes.subarray(0, 36), checksum32(bytes.subarray(40, headerBytes))),
  );
}

/**
 * A frame with room for `payloadBytes`; the caller writes the payload, then calls `sealFrame`.
 * The payload begins at byte 48, so views of 4- and 8-byte numbers on it are aligned.
 */
export function newFrame(header: FrameFields, payloadBytes: number): Uint8Array<ArrayBuffer> {
  const frame = new Uint8Array(headerBytes + payloadBytes);
  const view = new DataView(frame.buffer);
  view.setUint32(0, frameMagic, true);
  view.setUint16(4, frameFormat, true);
  view.setUint8(6, frameKinds[header.kind]);
  view.setUint8(7, codecNumbers[header.codec]);
  view.setUint32(8, header.incarnation, true);
  view.setUint32(12, header.lease, true);
  view.setUint32(16, header.version, true);
  view.setUint8(20, phaseNumber[header.phase]);
  view.setUint32(24, header.count, true);
  view.setUint32(28, payloadBytes, true);
  view.setUint32(32, header.base ?? 0, true);
  view.setUint32(40, header.replica, true);
  view.setUint32(44, header.took ?? 0, true);
  return frame;
}

/** Writes the checksum; nothing may change afterwards. @param took - what is known only when the payload is written */
export function sealFrame(frame: Uint8Array<ArrayBuffer>, took?: number): Uint8Array<ArrayBuffer> {
  const view = new DataView(frame.buffer, frame.byteOffset);
  if (took !== undefined) view.setUint32(44, Math.min(took, 0xffffffff), true);
  view.setUint32(36, frameChecksum(frame), true);
  return frame;
}

/** Of a frame that nothing else is known of; undefined where it is no kind. */
export const kindOf = (frame: Uint8Array): FrameKind | undefined => kindNames.get(frame[6]);

export interface Frame {
  readonly header: FrameHeader;
  /** The payload, at an offset divisible by 4: `Float32Array` views on it need no copy. */
  readonly payload: Uint8Array<ArrayBuffer>;
}

/**
 * Reads and checks a frame. Copies it only where the transport delivered it unaligned.
 *
 * @throws FRAME_INVALID, naming the first field that is wrong
 */
export function readFrame(received: Uint8Array<ArrayBuffer>): Frame {
  const frame = received.byteOffset % 4 === 0 ? received : new Uint8Array(received);
  if (frame.length < headerBytes)
    throw gantryError('FRAME_INVALID', 'length', frame.length, `${headerBytes} or more`);
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const expect = (field: string, found: number, expected: number): void => {
    if (found !== expected) throw gantryError('FRAME_INVALID', field, found, expected);
  };
  expect('magic', view.getUint32(0, true), frameMagic);
  expect('format version', view.getUint16(4, true), frameFormat);
  const kind = kindNames.get(view.getUint8(6));
  if (kind === undefined)
    throw gantryError('FRAME_INVALID', 'kind', view.getUint8(6), [...kindNames.keys()].join(', '));
  const codec = namesOfCodecs.get(view.getUint8(7));
  if (codec === undefined) {
    throw gantryError('FRAME_INVALID', 'codec', view.getUint8(7), [...namesOfCodecs.keys()].join(', '));
  }
  const phase = phaseNames[view.getUint8(20)] as PhaseName | undefined;
  if (phase === undefined) throw gantryError('FRAME_INVALID', 'phase', view.getUint8(20), '0 or 1');
  expect('reserved field', view.getUint32(20, true) >>> 8, 0);
  expect('payload length', view.getUint32(28, true), frame.length - headerBytes);
  expect('checksum', view.getUint32(36, true), frameChecksum(frame));
  return {
    header: {
      kind,
      codec,
      incarnation: view.getUint32(8, true),
      lease: view.getUint32(12, true),
      version: view.getUint32(16, true),
      phase,
      count: view.getUint32(24, true),
      replica: view.getUint32(40, true),
      base: view.getUint32(32, true),
      took: view.getUint32(44, true),
    },
    payload: frame.subarray(headerBytes),
  };
}

/** A float32 view of `length` numbers on a payload. @throws FRAME_INVALID where they are not there */
export function floatsAt(
  payload: Uint8Array<ArrayBuffer>,
  byteOffset: number,
  length: number,
): Float32Array<ArrayBuffer> {
  if (byteOffset + 4 * length > payload.length) {
    throw gantryError(
      'FRAME_INVALID',
      'payload length',
      payload.length,
      `${byteOffset + 4 * length} or more`,
    );
  }
  return new Float32Array(payload.buffer, payload.byteOffset + byteOffset, length);
}
