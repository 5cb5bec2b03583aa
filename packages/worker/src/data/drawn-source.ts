/** Data that is drawn, not stored: every worker makes the same examples from the run's seed. */
import { kindsOf, mixtures, type RunConfig } from '@gantry/shared';
import { digitClass, digitSize, drawDigit } from './digits.ts';
import type { RealExamples } from '../compute/types.ts';
import type { ExampleAddress } from './example-address.ts';
import { drawPoint } from './points.ts';

/** Which kind a uniform number in [0, 1) stands for. */
export type Choose = (uniform: number) => number;

/** Draws the example at an address into `out`, float32 [...example shape], all of it; as likely of each kind without `choose`. */
export type DrawExample = (address: ExampleAddress, out: Float32Array, choose?: Choose) => void;

export type Drawn = Extract<RunConfig['data'], { source: 'ring' | 'grid' | 'digits' }>;

export interface DrawnData {
  /** Numbers an example has. */
  readonly length: number;
  readonly draw: DrawExample;
  /** Its class; null for data without. */
  readonly classOf: ((address: ExampleAddress, choose?: Choose) => number) | null;
}

export function drawnData(data: Drawn): DrawnData {
  const evenly = chooseEvenly(kindsOf(data));
  if (data.source === 'digits') {
    return {
      length: digitSize * digitSize,
      draw: (address, out, choose = evenly) => drawDigit(address, out, choose),
      classOf: (address, choose = evenly) => digitClass(address, choose),
    };
  }
  const mixture = mixtures[data.source];
  return {
    length: 2,
    draw: (address, out, choose = evenly) => drawPoint(mixture, address, out, choose),
    classOf: null,
  };
}

const chooseEvenly =
  (kinds: number): Choose =>
  (uniform) =>
    Math.floor(uniform * kinds);

/** @param at - the address of each of `count` examples; @param choose - the kind of each */
export function drawAll(
  { length, draw, classOf }: DrawnData,
  count: number,
  at: (index: number) => ExampleAddress,
  choose?: Choose,
): RealExamples {
  const examples = new Float32Array(count * length);
  const labels = new Int32Array(classOf === null ? 0 : count);
  for (let i = 0; i < count; i++) {
    const address = at(i);
    draw(address, examples.subarray(i * length, (i + 1) * length), choose);
    if (classOf !== null) labels[i] = classOf(address, choose);
  }
  return { examples, labels };
}
