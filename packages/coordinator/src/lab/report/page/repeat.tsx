/** How to do it again, simulated or live; and what the simulation leaves out. */
import { useSignal } from '@preact/signals';
import { formatDuration } from '@gantry/shared';
import type { LabReportData } from '../data.ts';
import { t } from './text.ts';

export function Repeat({
  data: { cells, seeds, base, command, machineSeconds },
}: {
  readonly data: LabReportData;
}) {
  const chosen = useSignal(base);
  return (
    <section class="panel repeat" aria-labelledby="repeat-title">
      <div class="panel-head">
        <h2 id="repeat-title">{t('lab:repeat.title')}</h2>
      </div>
      <p>{t('lab:repeat.lab', { time: formatDuration(machineSeconds) })}</p>
      <pre tabIndex={0}>{command}</pre>
      <p>{t('lab:repeat.live', { seed: seeds[0] })}</p>
      <label class="screen">
        {t('lab:repeat.cell')}
        <select value={chosen.value} onChange={(event) => (chosen.value = Number(event.currentTarget.value))}>
          {cells.map(({ label }, index) => (
            <option key={label} value={index}>
              {label}
            </option>
          ))}
        </select>
      </label>
      <pre tabIndex={0}>{cells[chosen.value].live}</pre>
      <p>
        <a href="cells.csv">cells.csv</a>: {t('lab:repeat.data')}
      </p>
      <h3>{t('lab:repeat.modelTitle')}</h3>
      <p>{t('lab:repeat.model')}</p>
    </section>
  );
}
