/** How well the points of a sheet cover the data. */
import type { ComponentChildren } from 'preact';
import { formatPercent, type PlaneFile } from '@gantry/shared';
import { t } from '../../text.ts';

interface Props {
  readonly plane: PlaneFile;
  /** Other measures, of the same iteration. */
  readonly children?: ComponentChildren;
}

export function Measures({ plane: { modes, modesTotal, highQuality }, children }: Props) {
  return (
    <p class="measures">
      <span class="key" title={t('samples:modesMeaning')}>
        <span class="quiet">{t('samples:modes')}</span>{' '}
        <strong>{t('samples:modesOf', { modes, total: modesTotal })}</strong>
      </span>
      <span class="key" title={t('samples:highQualityMeaning')}>
        <span class="quiet">{t('samples:highQuality')}</span> <strong>{formatPercent(highQuality)}</strong>
      </span>
      {children}
    </p>
  );
}
