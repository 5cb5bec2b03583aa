import type { PresenterMessage } from '@gantry/shared';
import type { DrawnPicture } from '../../run/pictures.ts';

/** For all pages, at once: whoever drags a handle waits for it. */
export function pictureMessage({ ask, iteration, pixels, points }: DrawnPicture): PresenterMessage {
  return {
    type: 'picture',
    ask,
    iteration,
    pixels: pixels === null ? undefined : Buffer.from(pixels).toString('base64'),
    points: points === null ? undefined : pairs(points),
  };
}

const pairs = (points: Float32Array): [number, number][] =>
  Array.from({ length: points.length / 2 }, (_, i) => [points[2 * i], points[2 * i + 1]]);
