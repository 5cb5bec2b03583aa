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
  /** Workers that a run remembers, with those that have gone. */
  knownWorkers: 1_000,
  /** Presenter's pages connected to one run. */
  presenters: 16,
  /** Characters of a worker's name. */
  name: 40,
  /** Control messages of a connection: so many at once, and so many a second on; besides one for each that was asked for. */
  messages: { burst: 100, perSecond: 20 },
  /** Frames that nobody asked for: answers to leases of an earlier connection come late, and few. */
  frames: { burst: 20, perSecond: 1 },
  /** Pages and samples asked for from one address, which may be a whole school's behind a router. */
  requests: { most: 6_000, seconds: 10 },
  /** Chunks of data likewise: sixty laptops that load the 180 of MNIST at once. Who is told to wait asks again. */
  chunks: { most: 12_000, seconds: 10 },
  /** Sockets opened from one address: a class that comes back as one asks at most twice a second each. */
  upgrades: { most: 1_000, seconds: 10 },
  /**
   * Wrong join codes, or wrong presenter's tokens, from one address. A class behind a router has one, and tabs that hold the
   * code of an earlier run use it up too; 38,416 codes still take ten hours, five on average.
   */
  tries: { most: 60, seconds: 60 },
  /** Open connections from one address, of seven that a browser opens at most; and in all. */
  connectionsOfAddress: 1_024,
  connections: 4_096,
} as const;

/** Protocol spoken; a worker of another is refused with what to do. */
export const protocolVersion = 4;
