/** How well the points of a sheet cover the data. */
import { formatPercent, type PlaneFile } from '@gantry/shared';
import { t } from '../../text.ts';

export function Measures({ plane: { modes, modesTotal, highQuality } }: { readonly plane: PlaneFile }) {
  return (
    <p class="measures">
      <span class="key" title={t('samples:modesMeaning')}>
        <span class="quiet">{t('samples:modes')}</span>{' '}
        <strong>{t('samples:modesOf', { modes, total: modesTotal })}</strong>
      </span>
      <span class="key" title={t('samples:highQualityMeaning')}>
        <span class="quiet">{t('samples:highQuality')}</span> <strong>{formatPercent(highQuality)}</strong>
      </span>
    </p>
  );
}
