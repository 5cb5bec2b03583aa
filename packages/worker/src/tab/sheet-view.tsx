/** The newest sample sheet: what the whole class has trained so far. */
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, mixtures } from '@gantry/shared';
import type { Sheet } from '../session/status.ts';
import { drawPoints } from './points.ts';
import type { Tab } from './tab.ts';

export function SheetView({ tab }: { readonly tab: Tab }) {
  const sheet = tab.sheet.value;
  if (sheet === null) return null;
  const when = `iteration ${formatCount(sheet.iteration)}`;
  return (
    <figure class="card sheet">
      {sheet.points === undefined ? (
        <img src={sheet.url} alt={`Samples of the generator at ${when}`} />
      ) : (
        <Points points={sheet.points} preset={tab.status.value.preset} when={when} />
      )}
      <figcaption>
        Drawn by the generator <span class="quiet">· {when}</span>
      </figcaption>
    </figure>
  );
}

interface PointsProps {
  readonly points: NonNullable<Sheet['points']>;
  readonly preset: string | null;
  readonly when: string;
}

function Points({ points, preset, when }: PointsProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const mixture = preset === 'ring' || preset === 'grid' ? mixtures[preset] : null;
    const draw = (): void => drawPoints(element, points, mixture?.centres ?? []);
    const observer = new ResizeObserver(draw);
    observer.observe(element);
    const scheme = window.matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', draw);
    return () => {
      observer.disconnect();
      scheme.removeEventListener('change', draw);
    };
  }, [points, preset]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={`${formatCount(points.length)} points drawn by the generator at ${when}; circles mark where the data lies`}
    />
  );
}
