/** Data that is drawn, not stored: every worker makes the same examples from the run's seed. */
import { mixtures, type RunConfig } from '@gantry/shared';
import { digitClass, digitSize, drawDigit } from './digits.ts';
import type { ExampleAddress } from './example-address.ts';
import { drawPoint } from './points.ts';

/** Draws the example at an address into `out`, float32 [...example shape], all of it. */
export type DrawExample = (address: ExampleAddress, out: Float32Array) => void;

type Drawn = Extract<RunConfig['data'], { source: 'ring' | 'grid' | 'digits' }>;

export interface DrawnData {
  /** Numbers an example has. */
  readonly length: number;
  readonly draw: DrawExample;
  /** Its class; null for data without. */
  readonly classOf: ((address: ExampleAddress) => number) | null;
}

export function drawnData(data: Drawn): DrawnData {
  if (data.source === 'digits') {
    return { length: digitSize * digitSize, draw: drawDigit, classOf: digitClass };
  }
  const mixture = mixtures[data.source];
  return { length: 2, draw: (address, out) => drawPoint(mixture, address, out), classOf: null };
}
