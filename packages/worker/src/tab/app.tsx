import { useEffect } from 'preact/hooks';
import { Contribution } from './contribution.tsx';
import { Details } from './details.tsx';
import { JoinForm } from './join-form.tsx';
import { RunProgress } from './run-progress.tsx';
import { SheetView } from './sheet-view.tsx';
import { StateView } from './state-view.tsx';
import type { Tab } from './tab.ts';

export function App({ tab }: { readonly tab: Tab }) {
  const title = tab.askForCode.value ? 'Join the run' : tab.words.value.title;
  useEffect(() => {
    document.title = `${title} · Gantry`;
  }, [title]);

  const preset = tab.status.value.preset;
  const width = tab.sheet.value === null || tab.askForCode.value ? 'narrow' : 'wide';
  return (
    <div class={width}>
      <header class="top">
        <h1>Gantry</h1>
        {preset !== null && <p class="quiet">{preset}</p>}
      </header>
      {tab.askForCode.value ? (
        <main>
          <JoinForm tab={tab} />
        </main>
      ) : (
        <main class={width === 'wide' ? 'split' : ''}>
          <div class="column">
            <StateView tab={tab} />
            <RunProgress tab={tab} />
            <Contribution tab={tab} />
            <Details tab={tab} />
          </div>
          <SheetView tab={tab} />
        </main>
      )}
    </div>
  );
}
