/** A sheet of images, each pixel as large as may be; its images can be chosen as corners of a picture. */
import type { CSSProperties, TargetedMouseEvent } from 'preact';
import { formatCount, sheetUrls, type PresenterHello } from '@gantry/shared';
import { imageAt, sheetLayout } from '../../../samples/grid.ts';
import { t } from '../../text.ts';
import { cornerName } from './plane-layers.ts';
import { corners, toggleCorner } from './state.ts';

export const layoutOf = ({ exampleShape: [height, width], samples, classes }: PresenterHello) =>
  sheetLayout(samples, { height, width }, classes.length);

export function ImageSheet({
  hello,
  iteration,
  interactive,
}: {
  readonly hello: PresenterHello;
  readonly iteration: number;
  readonly interactive: boolean;
}) {
  const layout = layoutOf(hello);
  const pick = (event: TargetedMouseEvent<HTMLElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * layout.width;
    const y = ((event.clientY - box.top) / box.height) * layout.height;
    const place = imageAt(layout, hello.samples, x, y);
    if (place !== null) toggleCorner(place);
  };
  return (
    <div class="square">
      {/* The corners can be chosen by number as well, in the panel beside. */}
      <div
        class="image-sheet"
        style={{ '--ratio': layout.width / layout.height, aspectRatio: `${layout.width} / ${layout.height}` }}
        onClick={interactive ? pick : undefined}
      >
        <img
          src={sheetUrls(iteration).image}
          alt={t('samples:image', { iteration: formatCount(iteration) })}
        />
        {interactive &&
          corners.value.map((place, i) => (
            <span class="corner" style={boxOf(layout, place)} key={place} aria-hidden="true">
              {cornerName(i)}
            </span>
          ))}
      </div>
    </div>
  );
}

type Layout = ReturnType<typeof layoutOf>;

function boxOf({ columns, across, down, width, height }: Layout, place: number): CSSProperties {
  const percent = (part: number, of: number): string => `${(100 * part) / of}%`;
  return {
    left: percent((place % columns) * across, width),
    top: percent(Math.floor(place / columns) * down, height),
    width: percent(across, width),
    height: percent(down, height),
  };
}
