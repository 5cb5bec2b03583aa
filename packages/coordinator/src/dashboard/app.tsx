import { useEffect, useMemo } from 'preact/hooks';
import { LanguagePicker } from '@gantry/shared/page';
import { Announcer } from './announcer.tsx';
import type { Presenter } from './presenter.ts';
import { t } from './text.ts';
import { RefusedAction } from './refusal.tsx';
import { shortcutsOn, switchShortcuts } from './shortcuts.ts';
import { RunControl, useRunKeys } from './views/control/run-control.tsx';
import { createNavigation, ViewButtons } from './views/navigation.tsx';
import { views, type ViewName } from './views/views.ts';

/** Views that have the buttons of the run where they belong. */
const ownControl: readonly ViewName[] = ['lobby', 'control'];

export function App({ presenter }: { readonly presenter: Presenter }) {
  const navigation = useMemo(() => createNavigation(presenter.view), [presenter]);
  const View = views[navigation.current.value];
  const controllable = navigation.shown.includes('control');
  useRunKeys(presenter, controllable);
  return (
    <div class="page">
      <Top presenter={presenter} />
      <Announcer presenter={presenter} />
      {presenter.view.value.hello !== null && (
        <>
          <div class="bar-of-views">
            <ViewButtons navigation={navigation} />
            {controllable && !ownControl.includes(navigation.current.value) && (
              <RunControl presenter={presenter} large={false} />
            )}
          </div>
          <RefusedAction presenter={presenter} />
          <main>
            <View presenter={presenter} controllable={controllable} />
          </main>
        </>
      )}
    </div>
  );
}

const ShortcutSwitch = () => (
  <label class="shortcut-switch quiet" title={t('common:shortcutsMeaning')}>
    <input
      type="checkbox"
      checked={shortcutsOn.value}
      onChange={({ currentTarget }) => switchShortcuts(currentTarget.checked)}
    />{' '}
    {t('common:shortcuts')}
  </label>
);

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
      <ShortcutSwitch />
      <LanguagePicker label={t('common:language')} />
      <p class="brand">{t('common:title')}</p>
    </header>
  );
}
