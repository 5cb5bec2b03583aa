/** Something to be copied: a field that can be read and selected, and a button. */
import { useSignal } from '@preact/signals';
import { useId, useRef } from 'preact/hooks';
import { t } from '../../text.ts';
import { copyField } from './copy.ts';

export interface FieldProps {
  readonly label: string;
  readonly value: string;
  readonly explanation?: string;
}

export function Field({ label, value, explanation }: FieldProps) {
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  const said = useSignal<'copied' | 'select' | null>(null);
  const copy = (): void => {
    if (field.current !== null) said.value = copyField(field.current) ? 'copied' : 'select';
  };
  return (
    <div class="share-field">
      <label for={id}>{label}</label>
      <div>
        <input
          id={id}
          ref={field}
          readOnly
          value={value}
          spellcheck={false}
          onFocus={(event) => event.currentTarget.select()}
        />
        <button type="button" aria-label={t('share:copyOf', { what: label })} onClick={copy}>
          {t('share:copy')}
        </button>
      </div>
      {explanation !== undefined && <p class="quiet">{explanation}</p>}
      <p class="quiet" role="status">
        {said.value !== null && t(`share:${said.value}`)}
      </p>
    </div>
  );
}
