/** How others repeat this run, and what can be taken along of it. */
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';
import { Files } from './files.tsx';
import { Repeat } from './repeat.tsx';

export function ShareView({ presenter }: { readonly presenter: Presenter }) {
  const { hello, config, controls } = presenter.view.value;
  // What the class can open: the presenter may be looking at 127.0.0.1.
  const origin = hello?.joinUrls[0] ?? window.location.origin;
  return (
    <div class="view share">
      <section class="panel" aria-labelledby="repeat-title">
        <div class="panel-head">
          <h2 id="repeat-title">{t('share:repeat')}</h2>
        </div>
        <p class="quiet">{t('share:repeatExplanation')}</p>
        {controls?.altered === true && <p class="stopped">{t('share:altered')}</p>}
        {config !== null && <Repeat config={config} origin={origin} withLink />}
      </section>
      <Files presenter={presenter} />
    </div>
  );
}
