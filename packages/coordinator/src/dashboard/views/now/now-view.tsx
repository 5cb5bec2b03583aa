/** What happens at this moment, with the newest sheet and the losses beside it. */
import type { Presenter } from '../../presenter.ts';
import { Losses } from '../curves/losses.tsx';
import { Sheet } from '../samples/sheet.tsx';
import { RunProgress } from './run-progress.tsx';
import { Schedule } from './schedule.tsx';
import { Timeline } from './timeline.tsx';

export function NowView({ presenter }: { readonly presenter: Presenter }) {
  const view = presenter.view.value;
  if (view.hello === null) return null;
  return (
    <div class="view now">
      <Schedule view={view} />
      <RunProgress view={view} />
      <Timeline presenter={presenter} />
      <div class="now-beside">
        <Sheet view={view} />
        <Losses curves={presenter.course.set('curves').value} />
      </div>
    </div>
  );
}
