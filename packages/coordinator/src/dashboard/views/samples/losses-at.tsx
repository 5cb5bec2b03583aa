/** Both losses at the iteration of a sheet. */
import { bucketAt, type CourseSet } from '../../course.ts';
import { t } from '../../text.ts';

interface Props {
  readonly curves: CourseSet;
  readonly iteration: number;
}

export function LossesAt({ curves, iteration }: Props) {
  const of = (phase: 'discriminator' | 'generator') => {
    const mean = curves.series.get(`loss/${phase}`)?.mean ?? [];
    const bucket = bucketAt(curves, mean, iteration);
    const loss = bucket === null ? null : mean[bucket];
    return (
      loss !== null && (
        <span class="key">
          <span class="quiet">{t(`samples:loss.${phase}`)}</span> <strong>{loss.toFixed(3)}</strong>
        </span>
      )
    );
  };
  return (
    <>
      {of('discriminator')}
      {of('generator')}
    </>
  );
}
