/** A sample sheet: what the generator makes of the run's fixed latents, as a picture, and its score in 2-D. */
import { basename, join } from 'node:path';
import {
  classesOf,
  exampleShape,
  floatsAt,
  isConditional,
  isPlane,
  mixtures,
  planeOf,
  scoreMixture,
  sheetUrls,
  volume,
  type Frame,
  type MixtureScore,
  type PlanePoint,
  type RunConfig,
} from '@gantry/shared';
import { imageSheet, pointsSheet, type ImageShape } from '../samples/sheet.ts';
import type { Disk } from './disk.ts';
import { writeWhole } from './files.ts';
import { planeFileOf } from './plane-file.ts';

export interface Sheet {
  readonly iteration: number;
  /** Name of the PNG in the run's `samples/`. */
  readonly file: string;
  /** Where the coordinator serves it. */
  readonly url: string;
  /** 2-D data only; some of the points, rounded for the wire. */
  readonly points: { readonly real: PlanePoint[]; readonly generated: PlanePoint[] } | null;
  readonly score: MixtureScore | null;
}

/**
 * Writes `ITERATION.png` into `directory`, and for 2-D data `ITERATION.json`.
 *
 * @param frame - an `evaluation`: images uint8 [count, height, width, channels]; or a plane in float32
 */
export async function drawSheet(
  config: RunConfig,
  frame: Frame,
  iteration: number,
  directory: string,
  disk: Disk,
): Promise<Sheet> {
  const { image: url, plane: planeUrl } = sheetUrls(iteration);
  const file = basename(url);
  const { count } = frame.header;
  if (isPlane(config.data)) {
    const mixture = mixtures[config.data.source];
    const plane = planeOf(floatsAt(frame.payload, 0, frame.payload.length >> 2), count);
    const score = scoreMixture(mixture, plane.generated);
    const content = planeFileOf(iteration, mixture, plane, score);
    // First what the picture is shown with: where there is a picture, there is all of it.
    await writeWhole(join(directory, basename(planeUrl)), `${JSON.stringify(content)}\n`, disk);
    await writeWhole(join(directory, file), await pointsSheet(mixture, plane.generated, plane.real), disk);
    const points = { real: content.real, generated: content.generated };
    return { iteration, file, url, points, score };
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
