/** Which view is shown: chosen by button, by number key, or by the address (`?view=curves`). */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { RunView } from '../run-view.ts';
import { shortcutsOn, useShortcuts } from '../shortcuts.ts';
import { t } from '../text.ts';
import { viewNames, type ViewName } from './views.ts';

export interface Navigation {
  readonly current: ReadonlySignal<ViewName>;
  /** All but those that the address hides (`?hide=control,share`), for pages that a class may use. */
  readonly shown: readonly ViewName[];
  readonly show: (view: ViewName) => void;
}

/** Nothing to show yet but the way in. */
export function isLobby({ progress }: RunView): boolean {
  if (progress === null) return false;
  return progress.status === 'lobby' || (progress.version === 0 && progress.workers.length === 0);
}

const isView = (name: string | null): name is ViewName => viewNames.some((view) => view === name);

/** @param hide - names of views, by commas; what is none is left out */
export const shownViews = (hide: string | null): readonly ViewName[] => {
  const hidden = hide?.split(',').map((name) => name.trim()) ?? [];
  return viewNames.filter((view) => !hidden.includes(view));
};

/** Until somebody chooses, the lobby is shown while nobody is there, and then what happens now. */
export function createNavigation(run: ReadonlySignal<RunView>): Navigation {
  const parameters = new URLSearchParams(window.location.search);
  const asked = parameters.get('view');
  const shown = shownViews(parameters.get('hide'));
  const chosen = signal<ViewName | null>(isView(asked) && shown.includes(asked) ? asked : null);
  return {
    shown,
    current: computed(() => {
      const usual = isLobby(run.value) ? 'lobby' : 'now';
      return chosen.value ?? (shown.includes(usual) ? usual : (shown.at(0) ?? 'now'));
    }),
    show: (view) => {
      chosen.value = view;
      const address = new URL(window.location.href);
      address.searchParams.set('view', view);
      window.history.replaceState(null, '', address);
    },
  };
}

export function ViewButtons({ navigation }: { readonly navigation: Navigation }) {
  const { shown } = navigation;
  useShortcuts((key) => {
    const view = /^[1-9]$/.test(key) ? viewNames.at(Number(key) - 1) : undefined;
    if (view !== undefined && shown.includes(view)) navigation.show(view);
  });
  return (
    <nav class="views" aria-label={t('common:views.label')}>
      {shown.map((view) => (
        <button
          key={view}
          type="button"
          aria-current={navigation.current.value === view ? 'page' : undefined}
          aria-keyshortcuts={shortcutsOn.value ? String(viewNames.indexOf(view) + 1) : undefined}
          onClick={() => navigation.show(view)}
        >
          {t(`common:views.${view}`)}
        </button>
      ))}
    </nav>
  );
}
