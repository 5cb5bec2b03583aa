/** The plane of a 2-D sheet on a canvas; generated points can be chosen as corners of a picture. */
import type { TargetedMouseEvent } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatCount, formatPercent, type PlaneFile, type PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import { heatScale, type HeatScale } from './heat.ts';
import { drawPlane, noMarks, type Layers, type Marks } from './plane-layers.ts';
import { shareTakenForReal } from './plane-summary.ts';
import { atHandle, corners, lattice, toggleCorner } from './state.ts';

interface Props {
  readonly hello: PresenterHello;
  readonly plane: PlaneFile;
  readonly layers: Layers;
  readonly interactive: boolean;
}

/** Pixels from a point within which a click means it. */
const near = 24;

export function PlaneSheet({ hello, plane, layers, interactive }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const scale = useMemo(() => heatScale(hello.loss, plane.heatMap), [hello, plane]);
  const marks = interactive ? marksOn(plane) : noMarks;
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => drawPlane(element, plane, layers, scale, marks));
    observer.observe(element);
    return () => observer.disconnect();
  });
  const pick = (event: TargetedMouseEvent<HTMLCanvasElement>): void => {
    const place = nearestPoint(plane, event.currentTarget.getBoundingClientRect(), event);
    if (place !== null) toggleCorner(place);
  };
  return (
    <canvas
      ref={canvas}
      class={interactive ? 'pickable' : ''}
      role="img"
      aria-label={describe(plane, scale)}
      onClick={interactive ? pick : undefined}
    />
  );
}

function marksOn({ generated }: PlaneFile): Marks {
  return {
    corners: corners.value.flatMap((place) => (place < generated.length ? [generated[place]] : [])),
    path: lattice.value?.drawn.points ?? [],
    handle: atHandle.value?.drawn.points?.[0] ?? null,
  };
}

function nearestPoint(
  { generated, half }: PlaneFile,
  box: DOMRect,
  { clientX, clientY }: Pick<MouseEvent, 'clientX' | 'clientY'>,
): number | null {
  const distance = ([x, y]: readonly [number, number]): number =>
    Math.hypot(
      box.left + ((x / half + 1) / 2) * box.width - clientX,
      box.top + ((1 - y / half) / 2) * box.height - clientY,
    );
  let nearest: number | null = null;
  let least = near;
  generated.forEach((point, place) => {
    const here = distance(point);
    if (here >= least) return;
    least = here;
    nearest = place;
  });
  return nearest;
}

/** What the picture shows, for those who do not see it. */
function describe(plane: PlaneFile, scale: HeatScale): string {
  const counts = { generated: formatCount(plane.generated.length), real: formatCount(plane.real.length) };
  const share = (points: PlaneFile['real']): string =>
    formatPercent(shareTakenForReal(plane, points, (score) => scale.place(score) > 0));
  return [
    t('samples:points', counts),
    t('samples:judged', { real: share(plane.real), generated: share(plane.generated) }),
  ].join(' ');
}
