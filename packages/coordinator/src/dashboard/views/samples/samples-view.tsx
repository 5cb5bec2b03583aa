/** What the generator draws. */
import type { Presenter } from '../../presenter.ts';
import { Sheet } from './sheet.tsx';

export function SamplesView({ presenter }: { readonly presenter: Presenter }) {
  return (
    <div class="view samples">
      <Sheet sheet={presenter.view.value.sheet} />
    </div>
  );
}
