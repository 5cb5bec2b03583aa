/** What the page knows and can do: signals for the views. */
import { computed, signal, type ReadonlySignal } from '@preact/signals';
import type { Download, PresenterAction } from '@gantry/shared';
import { connect, type Connection, type Link } from './connection.ts';
import { Course } from './course.ts';
import { emptyView, hear, type RunView } from './run-view.ts';
import { save } from './save.ts';
import { createAsker, type Asker } from './views/samples/asker.ts';
import { takeToken } from './token.ts';
import { Lanes } from './views/now/lanes.ts';
import { headline, type Headline } from './words.ts';

const noToken: Link = { state: 'refused', reason: 'noToken' };

export interface Presenter {
  readonly view: ReadonlySignal<RunView>;
  readonly link: ReadonlySignal<Link>;
  readonly course: Course;
  readonly lanes: Lanes;
  readonly headline: ReadonlySignal<Headline>;
  readonly retryNow: () => void;
  /** What it asks of the coordinator; whether that was refused comes as `view.refused`. */
  readonly act: (action: PresenterAction) => void;
  readonly asker: Asker;
  /** Saves a file of the run. Resolves to null, or to why it could not be. */
  readonly save: (file: Download) => Promise<string | null>;
}

export function createPresenter(): Presenter {
  const view = signal(emptyView);
  const course = new Course();
  const lanes = new Lanes();
  const link = signal<Link>(noToken);
  const now = signal(performance.now());
  const lastHeard = signal(now.value);
  let connection: Connection | null = null;
  let token: string | null = null;
  const asker = createAsker((action) => connection?.act(action));

  const start = (): void => {
    connection?.close();
    connection = null;
    token = takeToken();
    if (token === null) {
      link.value = noToken;
      return;
    }
    connection = connect(
      token,
      (message) => {
        lastHeard.value = performance.now();
        if (message.type === 'series') course.hear(message);
        else if (message.type === 'timeline') lanes.hear(message, lastHeard.value);
        else if (message.type === 'picture') asker.hear(message);
        else view.value = hear(view.value, message);
      },
      (next) => {
        now.value = performance.now();
        link.value = next;
        if (next.state === 'open') lastHeard.value = now.value;
      },
    );
  };

  start();
  // The full address pasted over this one changes only the part after #, which loads nothing.
  window.addEventListener('hashchange', start);
  window.setInterval(() => (now.value = performance.now()), 500);

  return {
    view,
    link,
    course,
    lanes,
    headline: computed(() => {
      const silence = (now.value - lastHeard.value) / 1000;
      const retryIn =
        link.value.state === 'lost' ? Math.max(0, Math.ceil((link.value.retryAt - now.value) / 1000)) : 0;
      return headline(link.value, view.value.progress, silence, retryIn);
    }),
    retryNow: () => connection?.retryNow(),
    asker,
    act: (action) => {
      view.value = { ...view.value, refused: null };
      connection?.act(action);
    },
    save: (file) => save(file, token ?? ''),
  };
}
