/** What this machine gives, and under which name and symbol. */
import { useSignal } from '@preact/signals';
import { formatCount, formatPercent, limits } from '@gantry/shared';
import { Identity, identityOf } from '@gantry/shared/page';
import type { Tab } from './tab.ts';
import { t, type TextKey } from './text.ts';

export function Contribution({ tab }: { readonly tab: Tab }) {
  const { microbatches, share, rank, workers, worker, state } = tab.status.value;
  if (worker === null || state === 'unable') return null;
  return (
    <section class="card" aria-label={t('page:contribution.label')}>
      <dl class="figures">
        <div>
          <dt>{t('page:contribution.microbatches')}</dt>
          <dd>{formatCount(microbatches)}</dd>
        </div>
        <div>
          <dt>{t('page:contribution.share')}</dt>
          <dd>{formatPercent(share)}</dd>
        </div>
        <div>
          <dt>{t('page:contribution.rank')}</dt>
          <dd>{rank === null || microbatches === 0 ? '–' : formatCount(rank)}</dd>
        </div>
        <div>
          <dt>{t('page:contribution.workers')}</dt>
          <dd>{formatCount(workers)}</dd>
        </div>
      </dl>
      <Symbol worker={worker} />
      <Name tab={tab} />
    </section>
  );
}

/** The same as on the projector, so that its pupil finds it there; in words as well. */
function Symbol({ worker }: { readonly worker: number }) {
  const { colour, shape } = identityOf(worker);
  const symbol = t('page:symbol', {
    colour: t(`page:colours.${colour}` as TextKey),
    shape: t(`page:shapes.${shape}` as TextKey),
  });
  return (
    <p class="symbol">
      <span class="badge">
        <Identity worker={worker} />
      </span>
      {t('page:contribution.symbol', { symbol })}
    </p>
  );
}

function Name({ tab }: { readonly tab: Tab }) {
  const editing = useSignal(false);
  const draft = useSignal('');
  const { name, state } = tab.status.value;
  const final = state === 'left' || state === 'finished' || state === 'refused';
  if (!editing.value) {
    return (
      <p class="name">
        <span class="quiet">{t('page:contribution.name')}</span> <strong>{name ?? '–'}</strong>
        {!final && (
          <button
            type="button"
            class="link"
            onClick={() => {
              draft.value = tab.name.value || (name ?? '');
              editing.value = true;
            }}
          >
            {t('page:contribution.rename')}
          </button>
        )}
      </p>
    );
  }
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    editing.value = false;
    if (draft.value.trim() !== name) tab.rename(draft.value);
  };
  return (
    <form class="name" onSubmit={submit}>
      <label for="new-name">{t('page:contribution.newName')}</label>
      <input
        id="new-name"
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        maxLength={limits.name}
        autocomplete="nickname"
        autofocus
      />
      <button type="submit">{t('page:contribution.save')}</button>
      <button type="button" class="link" onClick={() => (editing.value = false)}>
        {t('page:contribution.cancel')}
      </button>
    </form>
  );
}
