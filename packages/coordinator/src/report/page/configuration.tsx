/** The whole configuration, from which the run can be repeated. */
import type { RunConfig } from '@gantry/shared';
import { t } from './text.ts';

export function Configuration({
  config,
  altered,
}: {
  readonly config: RunConfig;
  /** Whether the run is not what this makes. */
  readonly altered: boolean;
}) {
  const text = `${JSON.stringify(config, null, 2)}\n`;
  return (
    <section class="panel" aria-labelledby="configuration-title">
      <div class="panel-head">
        <h2 id="configuration-title">{t('report:configuration.title')}</h2>
        <a class="screen" download="config.json" href={`data:application/json,${encodeURIComponent(text)}`}>
          {t('report:configuration.download')}
        </a>
      </div>
      <p>
        {t('report:configuration.repeat')} <code>npm start -- --config config.json</code>
      </p>
      {altered && <p class="stopped">{t('report:configuration.altered')}</p>}
      <pre tabIndex={0} aria-labelledby="configuration-title">
        {text}
      </pre>
    </section>
  );
}
