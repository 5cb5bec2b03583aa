/** The sample sheet in small: the newest, or that of the iteration that is looked at. */
import { formatCount } from '@gantry/shared';
import { cursor } from '../../cursor.ts';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';
import { placeOf } from './sheet-index.ts';
import { SheetPicture } from './sheet-picture.tsx';
import type { Layers } from './plane-layers.ts';

/** What can be told apart in a small picture. */
const few: Layers = { heatMap: true, real: true, manifold: false, generated: true, gradients: false };

export function Sheet({ view: { hello, sheets } }: { readonly view: RunView }) {
  const iteration = sheets.at(placeOf(sheets, cursor.value));
  return (
    <section class="panel sheet" aria-labelledby="sheet-title">
      <div class="panel-head">
        <h2 id="sheet-title">{t('samples:title')}</h2>
        <p class="quiet">
          {iteration === undefined
            ? t('samples:none')
            : t('samples:iteration', { iteration: formatCount(iteration) })}
        </p>
      </div>
      {hello !== null && iteration !== undefined && (
        <SheetPicture hello={hello} iteration={iteration} layers={few} interactive={false} />
      )}
    </section>
  );
}
