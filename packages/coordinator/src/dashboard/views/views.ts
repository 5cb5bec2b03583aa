/** The views of the page, in the order of their keys: 1 shows the first. */
import type { FunctionComponent } from 'preact';
import type { Presenter } from '../presenter.ts';
import { ControlView } from './control/control-view.tsx';
import { CurvesView } from './curves/curves-view.tsx';
import { LobbyView } from './lobby/lobby-view.tsx';
import { NowView } from './now/now-view.tsx';
import { SamplesView } from './samples/samples-view.tsx';
import { ShareView } from './share/share-view.tsx';

export type ViewName = 'lobby' | 'now' | 'samples' | 'curves' | 'control' | 'share';

export interface ViewProps {
  readonly presenter: Presenter;
  /** Whether the page is to have the presenter's controls. */
  readonly controllable: boolean;
}

export const views: Readonly<Record<ViewName, FunctionComponent<ViewProps>>> = {
  lobby: LobbyView,
  now: NowView,
  samples: SamplesView,
  curves: CurvesView,
  control: ControlView,
  share: ShareView,
};
export const viewNames = Object.keys(views) as ViewName[];
