import { useEffect, useMemo } from 'preact/hooks';
import { LanguagePicker } from '@gantry/shared/page';
import type { Presenter } from './presenter.ts';
import { t } from './text.ts';
import { createNavigation, ViewButtons } from './views/navigation.tsx';
import { views } from './views/views.ts';

export function App({ presenter }: { readonly presenter: Presenter }) {
  const navigation = useMemo(() => createNavigation(presenter.view), [presenter]);
  const View = views[navigation.current.value];
  return (
    <div class="page">
      <Top presenter={presenter} />
      {presenter.view.value.hello !== null && (
        <>
          <ViewButtons navigation={navigation} />
          <main>
            <View presenter={presenter} />
          </main>
        </>
      )}
    </div>
  );
}

/** The last part of a path of any system. */
const folderName = (path: string): string => path.split(/[\\/]/).findLast((part) => part !== '') ?? path;

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
            {t('common:tryNow')}
          </button>
        )}
      </div>
      <p class="about quiet">
        {hello !== null && (
          <>
            <strong>{hello.preset}</strong> ·{' '}
            {t('common:about', { seed: hello.seed, run: folderName(hello.run) })}
          </>
        )}
      </p>
      <LanguagePicker label={t('common:language')} />
      <p class="brand">{t('common:title')}</p>
    </header>
  );
}
