/** What a presenter's page says: who it is, then what its user does to the run. */
import { z } from 'zod';
import { control } from '../../controls.ts';
import { pictureSchema } from '../../picture.ts';
import { fault } from '../fault.ts';
import { workerName } from '../messages.ts';

/** The page's first message. */
const pageHello = z.strictObject({ type: z.literal('hello'), token: z.string().max(64) });

const worker = z.int().min(1);

/** What the presenter does to those who are in the run. */
const toWorkers = z.discriminatedUnion('type', [
  /** A quarantined worker may work again. */
  z.strictObject({ type: z.literal('pardon'), worker }),
  /** It keeps this name, whatever it calls itself. */
  z.strictObject({ type: z.literal('rename'), worker, name: workerName }),
  /** It is told, and sent away: its token is nobody's. */
  z.strictObject({ type: z.literal('remove'), worker }),
  /** Nobody new is let in; who is known may come back. */
  z.strictObject({ type: z.literal('lock-joining'), locked: z.boolean() }),
  /** It plays a fault, to show what happens. */
  z.strictObject({ type: z.literal('play-fault'), worker, fault }),
  z.strictObject({ type: z.literal('stop-faults') }),
]);

/** Draw a picture of the generator that the latest sheet shows. Of those that wait the newest wins. */
const draw = z.strictObject({
  type: z.literal('draw'),
  /** As the page calls it; comes back with the picture. */
  ask: z.int().min(0).max(0xffffffff),
  picture: pictureSchema,
});

/** What the presenter does to the run: after the hello only. */
export const presenterAction = z.discriminatedUnion('type', [control, toWorkers, draw]);
export type PresenterAction = z.infer<typeof presenterAction>;

export const presenterInput = z.discriminatedUnion('type', [pageHello, presenterAction]);
