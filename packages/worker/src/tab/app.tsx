import { useEffect } from 'preact/hooks';
import { LanguagePicker } from '@gantry/shared/page';
import { Contribution } from './contribution.tsx';
import { Details } from './details.tsx';
import { JoinForm } from './join-form.tsx';
import { MachineCard } from './machine-card.tsx';
import { RunProgress } from './run-progress.tsx';
import { SheetView } from './sheet-view.tsx';
import { Announcer, StateView } from './state-view.tsx';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function App({ tab }: { readonly tab: Tab }) {
  const { title, values } = tab.words.value;
  const shown = tab.askForCode.value ? t('page:join.title') : t(title, values);
  useEffect(() => {
    document.title = `${shown} · Gantry`;
  }, [shown]);

  const preset = tab.status.value.preset;
  const width = tab.sheet.value === null || tab.askForCode.value ? 'narrow' : 'wide';
  return (
    <div class={width}>
      <header class="top">
        <h1>{t('page:title')}</h1>
        {preset !== null && <p class="quiet">{preset}</p>}
        <LanguagePicker label={t('page:language')} />
      </header>
      {tab.askForCode.value ? (
        <main>
          <JoinForm tab={tab} />
        </main>
      ) : (
        <main class={width === 'wide' ? 'split' : ''}>
          <Announcer tab={tab} />
          <div class="column">
            <StateView tab={tab} />
            <RunProgress tab={tab} />
            <Contribution tab={tab} />
            <MachineCard tab={tab} />
            <Details tab={tab} />
          </div>
          <SheetView tab={tab} />
        </main>
      )}
    </div>
  );
}
