/** The course of the run: what each network loses, what the samples are worth, and what happens inside. */
import { useSignal } from '@preact/signals';
import { formatCount, formatPercent, phaseNames, type PhaseName } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import type { CourseSet } from '../../course.ts';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';
import { ChartPanel, type NamedLine } from './chart-panel.tsx';
import { Controls } from './controls.tsx';
import { HeatPanel, type NamedRow } from './heat-panel.tsx';
import { look, type Look } from './look.ts';
import { Losses } from './losses.tsx';

export function CurvesView({ presenter }: { readonly presenter: Presenter }) {
  const { progress } = presenter.view.value;
  return (
    <Curves
      curves={presenter.course.set('curves').value}
      maps={presenter.course.set('maps').value}
      last={progress?.iteration ?? 0}
      workers={progress?.workers ?? []}
    />
  );
}

export interface CurvesProps {
  readonly curves: CourseSet;
  readonly maps: CourseSet;
  /** Iterations done. */
  readonly last: number;
  readonly workers: readonly { readonly id: number; readonly name: string }[];
}

export function Curves({ curves, maps, last, workers }: CurvesProps) {
  const present = look.value;
  return (
    <div class="view curves">
      <Controls last={last} />
      <div class="charts">
        <Losses curves={curves} look={present} />
        <ChartPanel
          title={t('curves:accuracy')}
          explanation={t('curves:accuracyMeaning')}
          lines={accuracyLines()}
          course={curves}
          look={present}
          bounds={[0, 1]}
          format={formatPercent}
        />
        {measuresOf(curves).map((measure) => (
          <ChartPanel
            key={measure}
            title={measureName(measure)}
            lines={[
              { name: `measure/${measure}`, label: measureName(measure), colour: '--calm', dashed: false },
            ]}
            course={curves}
            look={present}
            {...formatOf(measure)}
          />
        ))}
        {phaseNames.map((phase) => (
          <HeatPanel
            key={phase}
            title={t('curves:norms', { network: t(`common:phase.${phase}`) })}
            explanation={t('curves:normsMeaning')}
            rows={rowsOf(maps, `norm/${phase}/`)}
            course={maps}
            look={present}
            none={t('curves:none')}
          />
        ))}
        <Drift workers={workers} maps={maps} look={present} />
      </div>
    </div>
  );
}

const accuracyLines = (): NamedLine[] => [
  { name: 'accuracy/real', label: t('curves:onReal'), colour: '--real', dashed: true },
  { name: 'accuracy/fake', label: t('curves:onFake'), colour: '--generator', dashed: false },
];

/** What sheets were measured by, in the order in which it came. */
const measuresOf = ({ series }: CourseSet): string[] =>
  [...series.keys()].flatMap((name) => (name.startsWith('measure/') ? [name.slice('measure/'.length)] : []));

const formatOf = (measure: string): { readonly format?: (value: number) => string } => {
  if (measure === 'modes') return { format: formatCount };
  return measure === 'highQuality' ? { format: formatPercent } : {};
};

/** Measures that this page has no words for keep the name that they have in the log. */
function measureName(measure: string): string {
  const known = ['modes', 'highQuality'] as const;
  const found = known.find((name) => name === measure);
  return found === undefined ? measure : t(`curves:measure.${found}`);
}

const rowsOf = ({ series }: CourseSet, prefix: string): NamedRow[] =>
  [...series.keys()].flatMap((name) =>
    name.startsWith(prefix) ? [{ name, label: name.slice(prefix.length) }] : [],
  );

const driftMeasures = ['mean', 'variance'] as const;

/** How far each worker's batch-norm statistics are from those of all. */
function Drift({
  workers,
  maps,
  look: present,
}: Pick<CurvesProps, 'workers' | 'maps'> & { readonly look: Look }) {
  const measure = useSignal<(typeof driftMeasures)[number]>('mean');
  const chosen = useSignal<PhaseName | null>(null);
  const some = (phase: PhaseName): boolean => rowsOf(maps, `drift-mean/${phase}/`).length > 0;
  const networks = phaseNames.filter(some);
  const phase = chosen.value ?? networks.at(-1) ?? 'generator';
  if (networks.length === 0) return null;
  const nameOf = (id: number): string => workers.find((worker) => worker.id === id)?.name ?? String(id);
  const rows = rowsOf(maps, `drift-${measure.value}/${phase}/`)
    .map(({ name, label }) => ({ name, id: Number(label) }))
    .sort((a, b) => a.id - b.id)
    .map(({ name, id }) => ({ name, label: nameOf(id), mark: <Identity worker={id} /> }));
  return (
    <HeatPanel
      title={t('curves:drift', { network: t(`common:phase.${phase}`) })}
      explanation={t(`curves:driftMeaning.${measure.value}`)}
      rows={rows}
      course={maps}
      look={present}
      none={t('curves:none')}
      controls={
        <>
          {networks.length > 1 && (
            <select
              aria-label={t('curves:network')}
              value={phase}
              onChange={(event) => (chosen.value = event.currentTarget.value as PhaseName)}
            >
              {networks.map((name) => (
                <option key={name} value={name}>
                  {t(`common:phase.${name}`)}
                </option>
              ))}
            </select>
          )}
          {rows.length > 0 && (
            <select
              aria-label={t('curves:driftOf')}
              value={measure.value}
              onChange={(event) => (measure.value = event.currentTarget.value as 'mean' | 'variance')}
            >
              {driftMeasures.map((name) => (
                <option key={name} value={name}>
                  {t(`curves:driftOfMeasure.${name}`)}
                </option>
              ))}
            </select>
          )}
        </>
      }
    />
  );
}
