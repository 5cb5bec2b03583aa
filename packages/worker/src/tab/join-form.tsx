/** Asks for the join code, when the coordinator asks for one. */
import { useSignal } from '@preact/signals';
import { limits } from '@gantry/shared';
import { useFocusAtFirst } from './focus.ts';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function JoinForm({ tab }: { readonly tab: Tab }) {
  const code = useSignal(tab.code.value);
  const name = useSignal(tab.name.value);
  const field = useFocusAtFirst<HTMLInputElement>();
  // Without a code the first try was only to find out whether one is needed.
  const wrong = tab.code.value !== '';
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    tab.join(code.value, name.value);
  };
  return (
    <form class="card join" onSubmit={submit}>
      <h2>{t('page:join.title')}</h2>
      <p class="quiet">{t('page:join.text')}</p>
      <label for="code">{t('page:join.code')}</label>
      <input
        id="code"
        class="code"
        value={code.value}
        onInput={(event) => (code.value = event.currentTarget.value)}
        required
        ref={field}
        maxLength={16}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        aria-invalid={wrong}
        aria-describedby={wrong ? 'code-wrong' : 'code-help'}
      />
      {wrong ? (
        <p id="code-wrong" class="wrong" role="alert">
          {t('errors:JOIN_CODE_WRONG')}
        </p>
      ) : (
        <p id="code-help" class="quiet small">
          {t('page:join.codeHelp')}
        </p>
      )}
      <label for="name">
        {t('page:join.name')} <span class="quiet">{t('page:join.optional')}</span>
      </label>
      <input
        id="name"
        value={name.value}
        onInput={(event) => (name.value = event.currentTarget.value)}
        maxLength={limits.name}
        autocomplete="nickname"
        aria-describedby="name-help"
      />
      <p id="name-help" class="quiet small">
        {t('page:join.nameHelp')}
      </p>
      <button type="submit" class="primary">
        {t('page:join.submit')}
      </button>
    </form>
  );
}
