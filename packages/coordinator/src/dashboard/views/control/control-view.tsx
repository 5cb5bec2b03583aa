/** What the presenter does to the run. */
import type { Presenter } from '../../presenter.ts';
import { useShortcuts } from '../../shortcuts.ts';
import { t } from '../../text.ts';
import { Faults } from './faults.tsx';
import { RunControl } from './run-control.tsx';
import { Settings } from './settings.tsx';
import { onlyKeys, Training } from './training.tsx';

export function ControlView({ presenter }: { readonly presenter: Presenter }) {
  const { controls } = presenter.view.value;
  useShortcuts((key) => {
    const phase = onlyKeys[key];
    const allowed = phase === null || presenter.view.value.controls?.tunable === true;
    if (phase !== undefined && allowed) presenter.act({ type: 'train-only', phase });
  });
  if (controls === null) return null;
  return (
    <div class="view control">
      <section class="panel" aria-labelledby="run-title">
        <div class="panel-head">
          <h2 id="run-title">{t('control:run')}</h2>
        </div>
        <RunControl presenter={presenter} large />
        <p class="quiet">{t(`control:going.${controls.going}`)}</p>
      </section>
      <Training presenter={presenter} controls={controls} />
      <Settings presenter={presenter} controls={controls} />
      <Faults presenter={presenter} />
    </div>
  );
}
