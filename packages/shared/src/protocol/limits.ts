/** Every resource has a cap; these are the protocol's. Sizes are bytes. */
export const limits = {
  /** One control message, as JSON text. */
  controlMessage: 64 * 1024,
  /** One tensor frame: 16 M parameters as float32. */
  frame: 64 * 1024 * 1024,
  /** Bytes that may wait in a socket for a peer that does not read. */
  pendingBytes: 256 * 1024 * 1024,
  /** Workers connected to one run. */
  workers: 256,
  /** Presenter's pages connected to one run. */
  presenters: 16,
  /** Characters of a worker's name. */
  name: 40,
} as const;

/** Protocol spoken; a worker of another is refused with what to do. */
export const protocolVersion = 2;
