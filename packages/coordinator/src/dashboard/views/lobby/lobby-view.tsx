/** Before and beside training: how to take part, and who does. */
import { Workers } from '../../workers.tsx';
import type { ViewProps } from '../views.ts';
import { Begin } from './begin.tsx';
import { JoinSheet } from './join-sheet.tsx';
import { Join } from './join.tsx';
import { Manage } from './manage.tsx';

export function LobbyView({ presenter, controllable }: ViewProps) {
  const view = presenter.view.value;
  if (view.hello === null) return null;
  return (
    <div class="view lobby">
      <Join hello={view.hello} large />
      <JoinSheet hello={view.hello} />
      {controllable && <Begin presenter={presenter} />}
      <Workers
        view={view}
        act={controllable ? presenter.act : null}
        more={controllable ? (worker) => <Manage worker={worker} act={presenter.act} /> : undefined}
      />
    </div>
  );
}
