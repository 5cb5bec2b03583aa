/** What happens at this moment, with the newest sheet and the losses beside it. */
import type { Presenter } from '../../presenter.ts';
import { Workers } from '../../workers.tsx';
import { Losses } from '../curves/losses.tsx';
import { Join } from '../lobby/join.tsx';
import { Sheet } from '../samples/sheet.tsx';
import { RunProgress } from './run-progress.tsx';
import { Schedule } from './schedule.tsx';

export function NowView({ presenter }: { readonly presenter: Presenter }) {
  const view = presenter.view.value;
  if (view.hello === null) return null;
  return (
    <div class="view now">
      <div class="status-row">
        <RunProgress view={view} />
        <Schedule view={view} />
      </div>
      <div class="stage">
        <Sheet view={view} />
        <Losses presenter={presenter} />
        <Join hello={view.hello} large={false} />
        <Workers view={view} pardon={presenter.pardon} />
      </div>
    </div>
  );
}
