/** What the presenter's page is told and says, over its own socket: JSON, checked by these schemas on both sides. */
import { z } from 'zod';
import { presenterControls, presenterRefused } from './controls.ts';
import { presenterHello } from './hello.ts';
import { presenterProgress } from './progress.ts';
import { presenterSeries } from './series.ts';
import { presenterPicture, presenterSheets } from './sheets.ts';
import { presenterShare } from './share.ts';
import { presenterTimeline } from './timeline.ts';

export * from './actions.ts';
export type { PresenterControls, PresenterRefused } from './controls.ts';
export type { PresenterHello } from './hello.ts';
export { workerView, type PresenterProgress, type WorkerView } from './progress.ts';
export { seriesSets, type BucketRun, type PresenterSeries, type SeriesSet } from './series.ts';
export { downloads, type Download } from './share.ts';
export {
  isLogit,
  mostSheets,
  sheetUrls,
  thinned,
  type PresenterPicture,
  type PresenterSheets,
} from './sheets.ts';
export {
  leaseKinds,
  leaseOutcomes,
  type LeaseKind,
  type LeaseOutcome,
  type PresenterTimeline,
} from './timeline.ts';

export const presenterMessage = z.discriminatedUnion('type', [
  presenterHello,
  presenterProgress,
  presenterSeries,
  presenterSheets,
  presenterPicture,
  presenterTimeline,
  presenterControls,
  presenterRefused,
  presenterShare,
]);
export type PresenterMessage = z.infer<typeof presenterMessage>;
