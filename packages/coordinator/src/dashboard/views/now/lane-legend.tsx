/** What the bars and marks of the lanes mean. */
import { t } from '../../text.ts';

const marks = [
  'computing',
  'receiving',
  'waitingForWork',
  'late',
  'expired',
  'again',
  'duplicate',
  'lost',
  'audit',
  'sheet',
] as const;

/** @param exchanges - whether workers wait for each other in the middle of steps */
export function Legend({ exchanges }: { readonly exchanges: boolean }) {
  const shown = exchanges ? [...marks, 'exchange' as const] : marks;
  return (
    <ul class="lane-legend" aria-label={t('now:timeline.legendLabel')}>
      {(['discriminator', 'generator'] as const).map((phase) => (
        <li key={phase}>
          <span class={`lane-swatch step ${phase}`} aria-hidden="true">
            {phase === 'discriminator' ? 'D' : 'G'}
          </span>{' '}
          {t(`now:timeline.legend.${phase}`)}
        </li>
      ))}
      {shown.map((mark) => (
        <li key={mark}>
          <span class={`lane-swatch ${mark}`} aria-hidden="true" /> {t(`now:timeline.legend.${mark}`)}
        </li>
      ))}
    </ul>
  );
}
