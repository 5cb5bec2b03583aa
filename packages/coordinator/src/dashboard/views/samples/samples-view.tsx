/** What the generator draws: its sheets over the whole run, and pictures that are asked for. */
import { cursor } from '../../cursor.ts';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';
import { AskStatus } from './ask-status.tsx';
import { ClassPanel } from './class-panel.tsx';
import { LayerChoices } from './layer-choices.tsx';
import { LossesAt } from './losses-at.tsx';
import { MixPanel } from './mix-panel.tsx';
import { Scrubber } from './scrubber.tsx';
import { placeOf } from './sheet-index.ts';
import { SheetPicture } from './sheet-picture.tsx';
import { layers } from './state.ts';

export function SamplesView({ presenter }: { readonly presenter: Presenter }) {
  const { hello, sheets } = presenter.view.value;
  const iteration = sheets.at(placeOf(sheets, cursor.value));
  const newest = sheets.at(-1);
  if (hello === null) return null;
  const planes = hello.exampleShape.length === 1;
  return (
    <div class="view samples">
      <section class="panel sheet" aria-labelledby="sheet-title">
        <h2 id="sheet-title" class="unseen">
          {t('samples:title')}
        </h2>
        {iteration === undefined ? (
          <p class="quiet">{t('samples:none')}</p>
        ) : (
          <SheetPicture hello={hello} iteration={iteration} layers={layers.value} interactive>
            <LossesAt curves={presenter.course.set('curves').value} iteration={iteration} />
          </SheetPicture>
        )}
        <Scrubber sheets={sheets} planes={planes} />
      </section>
      <aside class="panel beside">
        {planes && iteration !== undefined && <LayerChoices hello={hello} iteration={iteration} />}
        {newest !== undefined && (
          <>
            <MixPanel hello={hello} asker={presenter.asker} newest={newest}>
              <AskStatus view={presenter.view.value} state={presenter.asker.state.value} />
            </MixPanel>
            {hello.classes.length > 0 && <ClassPanel hello={hello} asker={presenter.asker} />}
          </>
        )}
      </aside>
    </div>
  );
}
