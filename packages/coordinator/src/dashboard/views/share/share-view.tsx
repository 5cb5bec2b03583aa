/** How others repeat this run, and what can be taken along of it. */
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';
import { Files } from './files.tsx';
import { Repeat } from './repeat.tsx';

export function ShareView({ presenter }: { readonly presenter: Presenter }) {
  const { config, controls } = presenter.view.value;
  const changed =
    controls !== null &&
    (controls.only !== null || controls.lengths !== null || controls.learningRates !== null);
  return (
    <div class="view share">
      <section class="panel" aria-labelledby="repeat-title">
        <div class="panel-head">
          <h2 id="repeat-title">{t('share:repeat')}</h2>
        </div>
        <p class="quiet">{t('share:repeatExplanation')}</p>
        {changed && <p class="stopped">{t('share:changedLive')}</p>}
        {config !== null && <Repeat config={config} withLink={true} />}
      </section>
      <Files presenter={presenter} />
    </div>
  );
}
