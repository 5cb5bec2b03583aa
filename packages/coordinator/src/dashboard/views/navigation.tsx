/** Which view is shown: chosen by button, by number key, or by the address (`?view=curves`). */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import type { RunView } from '../run-view.ts';
import { t } from '../text.ts';
import { viewNames, type ViewName } from './views.ts';

export interface Navigation {
  readonly current: ReadonlySignal<ViewName>;
  readonly show: (view: ViewName) => void;
}

/** Nothing to show yet but the way in. */
export function isLobby({ progress }: RunView): boolean {
  return progress !== null && progress.version === 0 && progress.workers.length === 0;
}

const isView = (name: string | null): name is ViewName => viewNames.some((view) => view === name);

/** Until somebody chooses, the lobby is shown while nobody is there, and then what happens now. */
export function createNavigation(run: ReadonlySignal<RunView>): Navigation {
  const asked = new URLSearchParams(window.location.search).get('view');
  const chosen = signal<ViewName | null>(isView(asked) ? asked : null);
  return {
    current: computed(() => chosen.value ?? (isLobby(run.value) ? 'lobby' : 'now')),
    show: (view) => {
      chosen.value = view;
      const address = new URL(window.location.href);
      address.searchParams.set('view', view);
      window.history.replaceState(null, '', address);
    },
  };
}

/** Whether keys are text there: a number typed into a field chooses no view. */
export const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=range]), select, textarea') !== null;

export function ViewButtons({ navigation }: { readonly navigation: Navigation }) {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      const view = viewNames.at(Number(event.key) - 1);
      if (!/^[1-9]$/.test(event.key) || view === undefined || takesText(event.target)) return;
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      navigation.show(view);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [navigation]);
  return (
    <nav class="views" aria-label={t('common:views.label')}>
      {viewNames.map((view, index) => (
        <button
          key={view}
          type="button"
          aria-current={navigation.current.value === view ? 'page' : undefined}
          aria-keyshortcuts={String(index + 1)}
          onClick={() => navigation.show(view)}
        >
          {t(`common:views.${view}`)}
        </button>
      ))}
    </nav>
  );
}
