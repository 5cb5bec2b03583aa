/** The sample sheet: the same latent vectors, drawn again as the generator improves. */
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatPercent, type PresenterSheet } from '@gantry/shared';
import { drawScatter } from './scatter.ts';

type Points = NonNullable<PresenterSheet['points']>;

export function Sheet({ sheet }: { readonly sheet: PresenterSheet | null }) {
  return (
    <section class="panel sheet" aria-labelledby="sheet-title">
      <div class="panel-head">
        <h2 id="sheet-title">Samples</h2>
        <p class="quiet">
          {sheet === null ? 'the first sheet is still to come' : `iteration ${formatCount(sheet.iteration)}`}
        </p>
      </div>
      <div class="square">
        {sheet?.points === undefined && sheet?.url !== undefined && (
          <img
            src={sheet.url}
            alt={`Samples of the generator at iteration ${formatCount(sheet.iteration)}`}
          />
        )}
        {sheet?.points !== undefined && <Scatter points={sheet.points} />}
      </div>
      {sheet?.points !== undefined && <Measures points={sheet.points} />}
    </section>
  );
}

function Scatter({ points }: { readonly points: Points }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => drawScatter(element, points.real, points.generated));
    observer.observe(element);
    return () => observer.disconnect();
  }, [points]);
  return (
    <canvas
      ref={canvas}
      role="img"
      aria-label={`${formatCount(points.generated.length)} generated points over ${formatCount(points.real.length)} real ones`}
    />
  );
}

function Measures({ points }: { readonly points: Points }) {
  return (
    <div class="measures">
      <p>
        <span class="key">
          <span class="dot real" aria-hidden="true" /> real
        </span>
        <span class="key">
          <span class="dot generated" aria-hidden="true" /> generated
        </span>
      </p>
      <p>
        <span class="key" title="Modes with at least one sample within three standard deviations">
          <span class="quiet">Modes</span>{' '}
          <strong>
            {points.modes} of {points.modesTotal}
          </strong>
        </span>
        <span class="key" title="Samples within three standard deviations of a mode">
          <span class="quiet">High quality</span> <strong>{formatPercent(points.highQuality)}</strong>
        </span>
      </p>
    </div>
  );
}
