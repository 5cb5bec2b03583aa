/** Both losses: on the view of curves, and small beside what happens now. */
import type { CourseSet } from '../../course.ts';
import { t } from '../../text.ts';
import { ChartPanel, type NamedLine } from './chart-panel.tsx';
import { plainLook, type Look } from './look.ts';

export const networkLines = (name: (phase: 'discriminator' | 'generator') => string): NamedLine[] => [
  {
    name: name('discriminator'),
    label: t('common:phase.discriminator'),
    colour: '--discriminator',
    dashed: true,
  },
  { name: name('generator'), label: t('common:phase.generator'), colour: '--generator', dashed: false },
];

export function Losses({ curves, look }: { readonly curves: CourseSet; readonly look?: Look }) {
  return (
    <ChartPanel
      title={t('curves:losses')}
      lines={networkLines((phase) => `loss/${phase}`)}
      course={curves}
      look={look ?? plainLook}
    />
  );
}
