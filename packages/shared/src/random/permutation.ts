/**
 * Real data without replacement: position p of epoch e names one example, by a permutation keyed by
 * (seed, epoch). It is shuffled by chunk and then inside each chunk, so that consecutive positions, and with
 * them a microbatch, touch few chunks: a worker fetches little.
 */
import { boundedInteger } from './draw.ts';
import { randomWords, type Address } from './philox.ts';

/** 0 … count − 1 in the order that the words at an address give. */
export function shuffled(count: number, address: Address): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  const words = randomWords(address, new Uint32Array(count));
  // Fisher and Yates, in Durstenfeld's form.
  for (let i = count - 1; i > 0; i--) {
    const j = boundedInteger(words[i], i + 1);
    const kept = order[i];
    order[i] = order[j];
    order[j] = kept;
  }
  return order;
}

/**
 * The examples in the order of training.
 *
 * @param size - number of examples, 1 or more
 * @param chunkSize - examples a chunk; the last chunk may hold fewer
 * @param stream - tells orders of one seed apart, 16 bits
 * @returns a function from a position (0, 1, 2, … without end; `size` positions make an epoch) to the example's index in [0, size)
 */
export function exampleOrder(
  seed: number,
  size: number,
  chunkSize: number,
  stream = 0,
): (position: number) => number {
  const at = (epoch: number, which: number): Address => ({
    seed,
    purpose: 'permutation',
    step: epoch,
    pass: which,
    layer: stream,
  });
  const chunks = Math.ceil(size / chunkSize);
  const last = size - (chunks - 1) * chunkSize;
  let epochNow = -1;
  let chunkOrder: Uint32Array = new Uint32Array(0);
  let shortAt = 0; // where in the order of chunks the short last chunk stands
  const inside = new Map<number, Uint32Array>();
  return (position) => {
    const epoch = Math.floor(position / size);
    if (epoch !== epochNow) {
      epochNow = epoch;
      chunkOrder = shuffled(chunks, at(epoch, 0));
      shortAt = chunkOrder.indexOf(chunks - 1);
      inside.clear();
    }
    const within = position - epoch * size;
    const beforeShort = shortAt * chunkSize;
    let place: number;
    let offset: number;
    if (within < beforeShort) {
      place = Math.floor(within / chunkSize);
      offset = within % chunkSize;
    } else if (within < beforeShort + last) {
      place = shortAt;
      offset = within - beforeShort;
    } else {
      const past = within - beforeShort - last;
      place = shortAt + 1 + Math.floor(past / chunkSize);
      offset = past % chunkSize;
    }
    const chunk = chunkOrder[place];
    let order = inside.get(chunk);
    if (order === undefined) {
      if (inside.size > 8) inside.clear();
      order = shuffled(chunk === chunks - 1 ? last : chunkSize, at(epoch, chunk + 1));
      inside.set(chunk, order);
    }
    return chunk * chunkSize + order[offset];
  };
}
