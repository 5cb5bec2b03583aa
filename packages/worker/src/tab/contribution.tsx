/** What this machine gives, and under which name and symbol. */
import { useSignal } from '@preact/signals';
import { formatCount, formatPercent, limits } from '@gantry/shared';
import { Identity, identityOf } from '@gantry/shared/page';
import { useFocusAtFirst, useFocusKept } from './focus.ts';
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
  const group = useFocusKept<HTMLDivElement>();
  const { name, state } = tab.status.value;
  const final = state === 'left' || state === 'finished' || state === 'refused';
  return (
    <div class="name" ref={group}>
      {editing.value ? (
        <NameForm tab={tab} close={() => (editing.value = false)} />
      ) : (
        <>
          <span class="quiet">{t('page:contribution.name')}</span> <strong>{name ?? '–'}</strong>
          {!final && (
            <button type="button" class="link" onClick={() => (editing.value = true)}>
              {t('page:contribution.rename')}
            </button>
          )}
        </>
      )}
    </div>
  );
}

function NameForm({ tab, close }: { readonly tab: Tab; readonly close: () => void }) {
  const { name } = tab.status.value;
  const draft = useSignal(tab.name.value || (name ?? ''));
  const field = useFocusAtFirst<HTMLInputElement>();
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    close();
    if (draft.value.trim() !== name) tab.rename(draft.value);
  };
  return (
    <form onSubmit={submit}>
      <label for="new-name">{t('page:contribution.newName')}</label>
      <input
        id="new-name"
        ref={field}
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        maxLength={limits.name}
        autocomplete="nickname"
      />
      <button type="submit">{t('page:contribution.save')}</button>
      <button type="button" class="link" onClick={close}>
        {t('page:contribution.cancel')}
      </button>
    </form>
  );
}
