/** The course of the run. */
import type { Presenter } from '../../presenter.ts';
import { Losses } from './losses.tsx';

export function CurvesView({ presenter }: { readonly presenter: Presenter }) {
  return (
    <div class="view curves">
      <Losses history={presenter.view.value.losses} />
    </div>
  );
}
