/** What this machine gives, and under which name. */
import { useSignal } from '@preact/signals';
import { formatCount, formatMilliseconds, formatPercent, limits } from '@gantry/shared';
import type { Tab } from './tab.ts';

export function Contribution({ tab }: { readonly tab: Tab }) {
  const { microbatches, share, workers, backend, millisecondsPerMicrobatch, worker } = tab.status.value;
  if (worker === null || tab.status.value.state === 'unable') return null;
  return (
    <section class="card" aria-label="What this machine contributes">
      <dl class="figures">
        <div>
          <dt>Microbatches computed here</dt>
          <dd>{formatCount(microbatches)}</dd>
        </div>
        <div>
          <dt>
            Share of the run
            {workers > 0 && `, among ${formatCount(workers)} ${workers === 1 ? 'worker' : 'workers'}`}
          </dt>
          <dd>{formatPercent(share)}</dd>
        </div>
        <div>
          <dt>A microbatch{backend === null ? '' : `, on ${backend}`}</dt>
          <dd>{millisecondsPerMicrobatch === null ? '–' : formatMilliseconds(millisecondsPerMicrobatch)}</dd>
        </div>
      </dl>
      <Name tab={tab} />
    </section>
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
        <span class="quiet">Shown to the class as</span> <strong>{name ?? 'a worker without a name'}</strong>
        {!final && (
          <button
            type="button"
            class="link"
            onClick={() => {
              draft.value = tab.name.value || (name ?? '');
              editing.value = true;
            }}
          >
            Change name
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
      <label for="new-name">Name</label>
      <input
        id="new-name"
        value={draft.value}
        onInput={(event) => (draft.value = event.currentTarget.value)}
        maxLength={limits.name}
        autocomplete="nickname"
        autofocus
      />
      <button type="submit">Save</button>
      <button type="button" class="link" onClick={() => (editing.value = false)}>
        Cancel
      </button>
    </form>
  );
}
