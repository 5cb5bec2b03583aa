/** Before and beside training: how to take part, and who does. */
import type { Presenter } from '../../presenter.ts';
import { Workers } from '../../workers.tsx';
import { JoinSheet } from './join-sheet.tsx';
import { Join } from './join.tsx';

export function LobbyView({ presenter }: { readonly presenter: Presenter }) {
  const view = presenter.view.value;
  if (view.hello === null) return null;
  return (
    <div class="view lobby">
      <Join hello={view.hello} large />
      <JoinSheet hello={view.hello} />
      <Workers view={view} pardon={presenter.pardon} />
    </div>
  );
}
