import { useEffect } from 'preact/hooks';
import { Join } from './join.tsx';
import { Losses } from './losses.tsx';
import type { Presenter } from './presenter.ts';
import { RunProgress } from './run-progress.tsx';
import type { RunView } from './run-view.ts';
import { Schedule } from './schedule.tsx';
import { Sheet } from './sheet.tsx';
import { Workers } from './workers.tsx';

export function App({ presenter }: { readonly presenter: Presenter }) {
  const view = presenter.view.value;
  const { hello } = view;
  return (
    <div class="page">
      <Top presenter={presenter} />
      {hello !== null && (
        <main class={isLobby(view) ? 'lobby' : 'run'}>
          {isLobby(view) ? (
            <Join hello={hello} large />
          ) : (
            <>
              <div class="status-row">
                <RunProgress view={view} />
                <Schedule view={view} />
              </div>
              <div class="stage">
                <Sheet sheet={view.sheet} />
                <Losses history={view.losses} />
                <Join hello={hello} large={false} />
                <Workers view={view} pardon={presenter.pardon} />
              </div>
            </>
          )}
        </main>
      )}
    </div>
  );
}

/** The last part of a path of any system. */
const folderName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

/** Nothing to show yet but the way in. */
function isLobby({ progress }: RunView): boolean {
  return progress !== null && progress.version === 0 && progress.workers.length === 0;
}

function Top({ presenter }: { readonly presenter: Presenter }) {
  const { title, text, tone } = presenter.headline.value;
  const { hello } = presenter.view.value;
  useEffect(() => {
    document.title = `${title} · Gantry`;
  }, [title]);
  return (
    <header class="top">
      <div class={`headline ${tone}`}>
        <span class="lamp" aria-hidden="true" />
        <h1 aria-live="polite">{title}</h1>
        <p class="quiet">{text}</p>
        {presenter.link.value.state === 'lost' && (
          <button type="button" onClick={presenter.retryNow}>
            Try now
          </button>
        )}
      </div>
      <p class="about quiet">
        {hello !== null && (
          <>
            <strong>{hello.preset}</strong> · seed {hello.seed} · {folderName(hello.run)}
          </>
        )}
      </p>
      <p class="brand">Gantry</p>
    </header>
  );
}
