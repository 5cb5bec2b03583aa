/**
 * The IDX format of MNIST and its kin (http://yann.lecun.com/exdb/mnist): a big-endian header of two zero
 * bytes, the type of the values, the number of dimensions and each dimension as uint32; then the values.
 * Pure: from bytes to examples. What is wrong with a file comes back as a reason for DATA_INVALID.
 */

/** uint8 values of shape `dimensions`. */
export interface IdxArray {
  readonly dimensions: readonly number[];
  readonly values: Uint8Array;
}

export type IdxKind = 'images' | 'labels' | 'other';

const unsignedByte = 0x08;
/** A type byte of IDX, by the size of its values; used to tell a damaged magic from an odd type. */
const otherTypes: Readonly<Record<number, string>> = {
  0x09: 'signed bytes',
  0x0b: '16-bit integers',
  0x0c: '32-bit integers',
  0x0d: '32-bit floats',
  0x0e: '64-bit floats',
};

/** Tells by the first 4 bytes what an (unzipped) file holds; null where it is not IDX. */
export function idxKind(head: Uint8Array): IdxKind | null {
  if (head.length < 4 || head[0] !== 0 || head[1] !== 0) return null;
  if (head[2] !== unsignedByte) return head[2] in otherTypes && head[3] > 0 ? 'other' : null;
  if (head[3] === 3) return 'images';
  return head[3] === 1 ? 'labels' : 'other';
}

/** Files of other kinds that people point to by mistake, by how they begin. */
const strangers: readonly (readonly [name: string, start: readonly number[]])[] = [
  ['a PNG image', [0x89, 0x50, 0x4e, 0x47]],
  ['a JPEG image', [0xff, 0xd8, 0xff]],
  ['a WebP image', [0x52, 0x49, 0x46, 0x46]],
  ['a ZIP archive', [0x50, 0x4b, 0x03, 0x04]],
  ['a NumPy array', [0x93, 0x4e, 0x55, 0x4d]],
];

function notIdx(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty';
  const stranger = strangers.find(([, start]) => start.every((byte, i) => bytes[i] === byte));
  if (stranger !== undefined) {
    const [name] = stranger;
    const remedy = name.endsWith('image') ? 'Give the folder that holds the images' : 'Unpack it first';
    return `it is ${name}, not an IDX file. ${name.startsWith('a NumPy') ? 'Convert it first' : remedy}`;
  }
  const start = [...bytes.subarray(0, 4)].map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
  return `it begins with ${start}, not with the 00 00 08 of an IDX file`;
}

/**
 * Reads unzipped IDX bytes of the wanted kind.
 *
 * @returns the array, sharing memory with `bytes`, or what is wrong with it
 */
export function parseIdx(bytes: Uint8Array, wanted: 'images' | 'labels'): IdxArray | { reason: string } {
  const kind = idxKind(bytes);
  if (kind === null) return { reason: notIdx(bytes) };
  if (bytes[2] !== unsignedByte) {
    return { reason: `it holds ${otherTypes[bytes[2]]}; ${wanted} are unsigned bytes` };
  }
  const rank = bytes[3];
  if (kind !== wanted) {
    const found = kind === 'other' ? `an array of ${rank} dimensions` : kind;
    return { reason: `it holds ${found}, not ${wanted}` };
  }
  const headerBytes = 4 + 4 * rank;
  if (bytes.length < headerBytes) {
    return { reason: `it ends inside its header, after ${bytes.length} of ${headerBytes} bytes` };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const dimensions = Array.from({ length: rank }, (_, i) => view.getUint32(4 + 4 * i));
  if (dimensions.includes(0)) {
    return { reason: `its header promises no ${wanted} (${dimensions.join(' × ')})` };
  }
  const promised = headerBytes + dimensions.reduce((product, length) => product * length, 1);
  if (bytes.length !== promised) {
    const how = bytes.length < promised ? 'truncated' : 'too long';
    return {
      reason: `it is ${how}: ${dimensions.join(' × ')} ${wanted === 'images' ? 'pixels' : wanted} make ${promised} bytes, and it has ${bytes.length}`,
    };
  }
  return { dimensions, values: bytes.subarray(headerBytes) };
}
