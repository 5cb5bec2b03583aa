/** Why the latest action was refused, until the next one. */
import type { Presenter } from './presenter.ts';
import { hasText, t } from './text.ts';

export function RefusedAction({ presenter }: { readonly presenter: Presenter }) {
  const { refused } = presenter.view.value;
  return (
    <div role="alert" class="refusal">
      {refused !== null && (
        <p class="refused">
          {t(`control:refused.${hasText(refused.code) ? refused.code : 'other'}`)}{' '}
          <span class="quiet" lang="en">
            {refused.message}
          </span>
        </p>
      )}
    </div>
  );
}
