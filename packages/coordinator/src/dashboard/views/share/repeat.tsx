/** What repeats a run: commands and a link. */
import { configLink, repeatOptions, type RunConfig } from '@gantry/shared';
import { t } from '../../text.ts';
import { Field } from './field.tsx';

interface RepeatProps {
  readonly config: RunConfig;
  /** Of a coordinator that others reach. */
  readonly origin: string;
  /** Shows the link as well. */
  readonly withLink?: boolean;
}

export function Repeat({ config, origin, withLink = false }: RepeatProps) {
  const options = repeatOptions(config);
  const link = configLink(`${origin}/present/`, config);
  return (
    <>
      {options !== null && <Field label={t('share:command')} value={`npm start -- ${options.join(' ')}`} />}
      <Field label={t('share:commandLink')} value={`npm start -- --config ${link}`} />
      {withLink && <Field label={t('share:link')} value={link} explanation={t('share:linkExplanation')} />}
      {'path' in config.data && <p class="stopped">{t('share:localData')}</p>}
    </>
  );
}
