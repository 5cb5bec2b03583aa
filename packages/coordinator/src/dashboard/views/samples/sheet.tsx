/** The sample sheet: the same latent vectors, drawn again as the generator improves. */
import { useEffect, useRef } from 'preact/hooks';
import { formatCount, formatPercent, type PresenterSheet } from '@gantry/shared';
import { t } from '../../text.ts';
import { drawScatter } from './scatter.ts';

type Points = NonNullable<PresenterSheet['points']>;

export function Sheet({ sheet }: { readonly sheet: PresenterSheet | null }) {
  return (
    <section class="panel sheet" aria-labelledby="sheet-title">
      <div class="panel-head">
        <h2 id="sheet-title">{t('samples:title')}</h2>
        <p class="quiet">
          {sheet === null
            ? t('samples:none')
            : t('samples:iteration', { iteration: formatCount(sheet.iteration) })}
        </p>
      </div>
      <div class="square">
        {sheet?.points === undefined && sheet?.url !== undefined && (
          <img src={sheet.url} alt={t('samples:image', { iteration: formatCount(sheet.iteration) })} />
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
      aria-label={t('samples:points', {
        generated: formatCount(points.generated.length),
        real: formatCount(points.real.length),
      })}
    />
  );
}

function Measures({ points }: { readonly points: Points }) {
  return (
    <div class="measures">
      <p>
        <span class="key">
          <span class="dot real" aria-hidden="true" /> {t('samples:real')}
        </span>
        <span class="key">
          <span class="dot generated" aria-hidden="true" /> {t('samples:generated')}
        </span>
      </p>
      <p>
        <span class="key" title={t('samples:modesMeaning')}>
          <span class="quiet">{t('samples:modes')}</span>{' '}
          <strong>{t('samples:modesOf', { modes: points.modes, total: points.modesTotal })}</strong>
        </span>
        <span class="key" title={t('samples:highQualityMeaning')}>
          <span class="quiet">{t('samples:highQuality')}</span>{' '}
          <strong>{formatPercent(points.highQuality)}</strong>
        </span>
      </p>
    </div>
  );
}
