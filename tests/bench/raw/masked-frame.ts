/**
 * WebSocket frames (RFC 6455, section 5.2) as clients write them, made beforehand: masked once, so that a sender's CPU
 * goes into the socket and not into masking. The server unmasks them like any other.
 */

/** Not zero, which servers skip. */
const mask = Uint8Array.of(0x5a, 0x3c, 0xa5, 0xc3);

/** Bytes of a message from `offset` of it on, masked. A copy. */
export function masked(bytes: Uint8Array, offset: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) out[i] = bytes[i] ^ mask[(offset + i) & 3];
  return out;
}

/** What stands before a binary message of that length, which is one frame. */
export function frameHead(length: number): Uint8Array<ArrayBuffer> {
  const binaryAndLast = 0x82;
  if (length < 126) return Uint8Array.of(binaryAndLast, 0x80 | length, ...mask);
  if (length < 65536) return Uint8Array.of(binaryAndLast, 0x80 | 126, length >> 8, length & 255, ...mask);
  const head = new Uint8Array(14);
  head.set([binaryAndLast, 0x80 | 127]);
  new DataView(head.buffer).setBigUint64(2, BigInt(length));
  head.set(mask, 10);
  return head;
}
