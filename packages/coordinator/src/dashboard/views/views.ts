/** The views of the page, in the order of their keys: 1 shows the first. */
import type { FunctionComponent } from 'preact';
import type { Presenter } from '../presenter.ts';
import { CurvesView } from './curves/curves-view.tsx';
import { LobbyView } from './lobby/lobby-view.tsx';
import { NowView } from './now/now-view.tsx';
import { SamplesView } from './samples/samples-view.tsx';

export type ViewName = 'lobby' | 'now' | 'samples' | 'curves';

export const views: Readonly<Record<ViewName, FunctionComponent<{ readonly presenter: Presenter }>>> = {
  lobby: LobbyView,
  now: NowView,
  samples: SamplesView,
  curves: CurvesView,
};
export const viewNames = Object.keys(views) as ViewName[];
