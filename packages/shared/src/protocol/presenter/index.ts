/** What the presenter's page is told and says, over its own socket: JSON, checked by these schemas on both sides. */
import { z } from 'zod';
import { presenterHello } from './hello.ts';
import { presenterLosses } from './history.ts';
import { presenterProgress } from './progress.ts';
import { presenterSheet } from './sheets.ts';

export * from './actions.ts';
export type { PresenterHello } from './hello.ts';
export { workerView, type PresenterProgress, type WorkerView } from './progress.ts';
export type { PresenterSheet } from './sheets.ts';

export const presenterMessage = z.discriminatedUnion('type', [
  presenterHello,
  presenterProgress,
  presenterLosses,
  presenterSheet,
]);
export type PresenterMessage = z.infer<typeof presenterMessage>;
