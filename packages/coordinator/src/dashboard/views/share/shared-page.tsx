/** What a link to a configuration opens: nothing but that, for anybody, without a connection to the run that is served here. */
import { formatCount, type RunConfig } from '@gantry/shared';
import { LanguagePicker } from '@gantry/shared/page';
import { t } from '../../text.ts';
import { Repeat } from './repeat.tsx';

/** @param config - or why there is none */
export function SharedPage({ config }: { readonly config: RunConfig | Error }) {
  const broken = config instanceof Error;
  return (
    <div class="page">
      <header class="top">
        <div class={`headline ${broken ? 'bad' : 'calm'}`}>
          <h1>{t(broken ? 'share:shared.broken' : 'share:shared.title')}</h1>
        </div>
        <LanguagePicker label={t('common:language')} />
        <p class="brand">{t('common:title')}</p>
      </header>
      <main>
        {broken ? (
          <section class="panel">
            <p>{t('share:shared.brokenHint')}</p>
            <p class="quiet">{config.message}</p>
          </section>
        ) : (
          <section class="panel share">
            <p>
              {t('share:shared.explanation', {
                preset: config.preset,
                seed: config.seed,
                iterations: formatCount(config.schedule.iterations),
              })}
            </p>
            <Repeat config={config} origin={window.location.origin} />
            <details>
              <summary>{t('share:shared.all')}</summary>
              <pre>{JSON.stringify(config, null, 2)}</pre>
            </details>
          </section>
        )}
      </main>
    </div>
  );
}
