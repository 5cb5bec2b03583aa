/** Starting the run, where it waits for that, and who may still join. */
import { ActionButton } from '../../action-button.tsx';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';
import { RunControl } from '../control/run-control.tsx';

export function Begin({ presenter }: { readonly presenter: Presenter }) {
  const { controls } = presenter.view.value;
  if (controls === null) return null;
  const { going, locked } = controls;
  return (
    <section class="panel begin" aria-label={t('lobby:begin.title')}>
      <RunControl presenter={presenter} large={false} />
      <p>{t(going === 'lobby' ? 'lobby:begin.waiting' : 'lobby:begin.running')}</p>
      <ActionButton onClick={() => presenter.act({ type: 'lock-joining', locked: !locked })}>
        {t(locked ? 'lobby:begin.unlock' : 'lobby:begin.lock')}
      </ActionButton>
      <p class="quiet" aria-live="polite">
        {t(locked ? 'lobby:begin.locked' : 'lobby:begin.open')}
      </p>
    </section>
  );
}
