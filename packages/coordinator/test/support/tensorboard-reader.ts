/**
 * Reads TensorBoard's files by their specification, apart from the code that writes them: TFRecord frames with their
 * checksums bit by bit (RFC 3720), and protocol buffers by wire type.
 */

export interface ReadEvent {
  readonly seconds: number;
  readonly step: number;
  readonly version?: string;
  /** SessionLog.status; 1: START. */
  readonly session?: number;
  /** By tag. */
  readonly scalars: Readonly<Record<string, number>>;
  readonly images: Readonly<
    Record<string, { readonly width: number; readonly height: number; readonly png: Uint8Array }>
  >;
}

/** @throws where a length or a checksum is wrong */
export function readTensorBoard(file: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  for (let at = 0; at < file.length;) {
    const length = Number(view.getBigUint64(at, true));
    check(file.subarray(at, at + 8), view.getUint32(at + 8, true));
    const data = file.subarray(at + 12, at + 12 + length);
    check(data, view.getUint32(at + 12 + length, true));
    events.push(readEvent(data));
    at += 16 + length;
  }
  return events;
}

/** CRC-32C, most significant bit last. */
export function crc32c(data: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of data) {
    for (let bit = 0; bit < 8; bit++) {
      const carry = (crc ^ (byte >> bit)) & 1;
      crc = (crc >>> 1) ^ (carry === 1 ? 0x82f63b78 : 0);
    }
  }
  return ~crc >>> 0;
}

function check(data: Uint8Array, found: number): void {
  const unmasked = (found - 0xa282ead8) >>> 0;
  const crc = ((unmasked << 15) | (unmasked >>> 17)) >>> 0;
  if (crc !== crc32c(data)) throw new RangeError(`a checksum is ${crc}, not ${crc32c(data)}`);
}

/** A message's fields in order: number, and a number or bytes. */
function* fields(data: Uint8Array): Generator<readonly [field: number, value: number | Uint8Array]> {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = data[at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < data.length) {
    const key = varint();
    const field = key >> 3;
    switch (key & 7) {
      case 0:
        yield [field, varint()];
        break;
      case 1:
        yield [field, view.getFloat64(at, true)];
        at += 8;
        break;
      case 2: {
        const length = varint();
        yield [field, data.subarray(at, at + length)];
        at += length;
        break;
      }
      case 5:
        yield [field, view.getFloat32(at, true)];
        at += 4;
        break;
      default:
        throw new RangeError(`wire type ${key & 7}`);
    }
  }
}

/** Field numbers: event.proto. */
function readEvent(data: Uint8Array): ReadEvent {
  const all = new Map(fields(data));
  const scalars: Record<string, number> = {};
  const images: Record<string, { width: number; height: number; png: Uint8Array }> = {};
  const [summary, session, version] = [5, 7, 3].map((field) => all.get(field) as Uint8Array | undefined);
  for (const [, message] of fields(summary ?? new Uint8Array())) {
    // summary.proto: Value
    const value = new Map(fields(message as Uint8Array));
    const tag = text(value.get(1) as Uint8Array);
    const [scalar, image] = [value.get(2), value.get(4)];
    if (scalar !== undefined) scalars[tag] = scalar as number;
    if (image === undefined) continue;
    const parts = new Map(fields(image as Uint8Array));
    images[tag] = {
      height: parts.get(1) as number,
      width: parts.get(2) as number,
      png: parts.get(4) as Uint8Array,
    };
  }
  return {
    seconds: all.get(1) as number,
    step: (all.get(2) as number | undefined) ?? 0,
    ...(version && { version: text(version) }),
    ...(session && { session: new Map(fields(session)).get(1) as number }),
    scalars,
    images,
  };
}

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
