/** What repeats a run: commands and a link. */
import { configLink, repeatOptions, type RunConfig } from '@gantry/shared';
import { t } from '../../text.ts';
import { Field } from './field.tsx';

/** This page, without what anybody may keep to themselves. */
const page = (): string => `${window.location.origin}/present/`;

export function Repeat({ config, withLink }: { readonly config: RunConfig; readonly withLink: boolean }) {
  const options = repeatOptions(config);
  const link = configLink(page(), config);
  return (
    <>
      {options !== null && <Field label={t('share:command')} value={`npm start -- ${options.join(' ')}`} />}
      <Field label={t('share:commandLink')} value={`npm start -- --config ${link}`} />
      {withLink && <Field label={t('share:link')} value={link} explanation={t('share:linkExplanation')} />}
      {'path' in config.data && <p class="stopped">{t('share:localData')}</p>}
    </>
  );
}
