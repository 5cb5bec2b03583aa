/** A sample sheet: what the generator makes of the run's fixed latents, as a picture, and its score in 2-D. */
import { join } from 'node:path';
import {
  classesOf,
  exampleShape,
  floatsAt,
  isConditional,
  mixtures,
  scoreMixture,
  volume,
  type Frame,
  type MixtureScore,
  type RunConfig,
} from '@gantry/shared';
import { imageSheet, pointsSheet, type ImageShape } from '../samples/sheet.ts';
import type { Disk } from './disk.ts';
import { writeWhole } from './files.ts';

type Point = [number, number];

export interface Sheet {
  readonly iteration: number;
  /** Name of the PNG in the run's `samples/`. */
  readonly file: string;
  /** Where the coordinator serves it. */
  readonly url: string;
  /** 2-D data only; some of the points, rounded for the wire. */
  readonly points: { readonly real: Point[]; readonly generated: Point[] } | null;
  readonly score: MixtureScore | null;
}

/** Points of each kind that pages draw. */
const shown = 500;

/**
 * Writes `ITERATION.png` into `directory`.
 *
 * @param frame - an `evaluation`: images uint8 [count, height, width, channels]; points float32 [count, 2], then real ones
 */
export async function drawSheet(
  config: RunConfig,
  frame: Frame,
  iteration: number,
  directory: string,
  disk: Disk,
): Promise<Sheet> {
  const file = `${String(iteration).padStart(8, '0')}.png`;
  const url = `/samples/${file}`;
  const { source } = config.data;
  const { count } = frame.header;
  if (source === 'ring' || source === 'grid') {
    const all = floatsAt(frame.payload, 0, frame.payload.length >> 2);
    const generated = all.subarray(0, 2 * count);
    const real = all.subarray(2 * count);
    await writeWhole(join(directory, file), await pointsSheet(mixtures[source], generated, real), disk);
    return {
      iteration,
      file,
      url,
      points: { real: pairs(real), generated: pairs(generated) },
      score: scoreMixture(mixtures[source], generated),
    };
  }
  const shape = exampleShape(config.data);
  const pixels = frame.payload.subarray(0, count * volume(shape));
  await writeWhole(
    join(directory, file),
    await imageSheet(pixels, imageShape(shape), shownClasses(config)),
    disk,
  );
  return { iteration, file, url, points: null, score: null };
}

/** Classes of which a sheet shows each in turn; 0 where generated examples have none. */
export const shownClasses = (config: Pick<RunConfig, 'model' | 'data'>): number =>
  isConditional(config.model) ? classesOf(config.data) : 0;

export function imageShape([height, width, channels]: readonly number[]): ImageShape {
  return { height, width, channels: channels === 3 ? 3 : 1 };
}

function pairs(points: Float32Array): Point[] {
  const round = (x: number): number => Math.round(x * 1e4) / 1e4;
  return Array.from({ length: Math.min(shown, points.length / 2) }, (_, i) => [
    round(points[2 * i]),
    round(points[2 * i + 1]),
  ]);
}
