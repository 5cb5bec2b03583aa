/** What a presenter's page says: who it is, then what its user does to the run. */
import { z } from 'zod';

/** The page's first message. */
const pageHello = z.strictObject({ type: z.literal('hello'), token: z.string().max(64) });
/** A quarantined worker may work again. */
const pardon = z.strictObject({ type: z.literal('pardon'), worker: z.int().min(1) });

/** What the presenter does to the run: after the hello only. */
export const presenterAction = z.discriminatedUnion('type', [pardon]);
export type PresenterAction = z.infer<typeof presenterAction>;

export const presenterInput = z.discriminatedUnion('type', [pageHello, presenterAction]);
