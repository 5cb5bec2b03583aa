/** The newest sample sheet: what the whole class has trained so far. */
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, mixtures } from '@gantry/shared';
import type { Sheet } from '../session/status.ts';
import { drawPoints } from './points.ts';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function SheetView({ tab }: { readonly tab: Tab }) {
  const sheet = tab.sheet.value;
  if (sheet === null) return null;
  const iteration = formatCount(sheet.iteration);
  return (
    <figure class="card sheet">
      {sheet.points === undefined ? (
        <img src={sheet.url} alt={t('page:sheet.image', { iteration })} />
      ) : (
        <Points points={sheet.points} preset={tab.status.value.preset} iteration={iteration} />
      )}
      <figcaption>
        {t('page:sheet.caption')} <span class="quiet">· {t('page:sheet.when', { iteration })}</span>
      </figcaption>
    </figure>
  );
}

interface PointsProps {
  readonly points: NonNullable<Sheet['points']>;
  readonly preset: string | null;
  readonly iteration: string;
}

function Points({ points, preset, iteration }: PointsProps) {
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
      aria-label={t('page:sheet.points', { count: points.length, iteration })}
    />
  );
}
