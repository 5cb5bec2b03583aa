/**
 * A class with stragglers, for the shell with a virtual clock: machines of unequal speed, of which some are slow for a
 * while or for good, and some freeze. All of it follows from a seed.
 */
import { drawUniform } from '@gantry/shared';
import { timeToDo, type Spell } from '../../src/lab/world/spells.ts';
import type { VirtualWorker } from './virtual-shell.ts';

export interface ClassOf {
  readonly seed: number;
  readonly workers: number;
  /** Of the workers, how many straggle; 0 to 1. */
  readonly stragglers: number;
  /** Milliseconds that a usual machine takes for a microbatch. The fastest takes half of it, the slowest twice as much. */
  readonly pace: number;
  /** Milliseconds of the whole. */
  readonly length: number;
}

/** Stragglers are of these kinds in turn. */
const straggling = ['slow now and then', 'frozen now and then', 'slow for good', 'frozen for good'] as const;

/** Of a lease's time, up or down: nobody is as steady as a clock. */
const jitter = 0.15;
/** A slow machine takes so many times as long. */
const [least, most] = [5, 20];
/** Spells, and the pauses between them, as parts of the whole. */
const [shortest, longest] = [0.01, 0.1];

/** @returns the class; the first of it are those that straggle */
export function classOf(options: ClassOf): VirtualWorker[] {
  const { seed, workers, stragglers, pace } = options;
  const count = Math.round(workers * stragglers);
  return Array.from({ length: workers }, (_, id) => {
    const own = pace * 2 ** (2 * uniform(seed, id, 0) - 1);
    const spells = id < count ? spellsOf(options, id) : [];
    let leases = 0;
    return {
      id,
      millisecondsPerMicrobatch: own,
      answerAfter({ task }, now) {
        leases += 1;
        const noise = 1 + jitter * (2 * uniform(seed, id, 1000 + leases) - 1);
        return timeToDo(spells, now, own * noise * (task.kind === 'step' ? task.blocks.length : 1));
      },
    };
  });
}

function spellsOf({ seed, length }: ClassOf, id: number): Spell[] {
  const kind = straggling[id % straggling.length];
  const drawn = (n: number): number => uniform(seed, id, 100 + n);
  const slow = (n: number): number => least + (most - least) * drawn(n);
  if (kind === 'slow for good') return [{ from: (length * drawn(0)) / 2, to: Infinity, factor: slow(1) }];
  if (kind === 'frozen for good') return [{ from: (length * drawn(0)) / 2, to: Infinity, factor: Infinity }];
  const spells: Spell[] = [];
  for (let at = 0, n = 0; at < length; n += 3) {
    const part = (i: number): number => length * (shortest + (longest - shortest) * drawn(n + i));
    const from = at + part(0);
    const to = from + part(1);
    spells.push({ from, to, factor: kind === 'frozen now and then' ? Infinity : slow(n + 2) });
    at = to;
  }
  return spells;
}

const number = new Float64Array(1);
function uniform(seed: number, id: number, n: number): number {
  drawUniform({ seed, purpose: 'mix', example: id, step: n }, number);
  return number[0];
}
