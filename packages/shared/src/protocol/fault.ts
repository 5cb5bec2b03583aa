/** Faults that a worker plays where the presenter asks for it, to show what happens. */
import { z } from 'zod';

const seconds = z.int().min(1).max(600);

export const fault = z.discriminatedUnion('kind', [
  /** Gone without a word, as a machine without power; it comes back by itself. */
  z.strictObject({ kind: z.literal('switch-off'), seconds }),
  /** Connected, and does not compute. */
  z.strictObject({ kind: z.literal('freeze'), seconds }),
  /** Takes so many times as long for everything. */
  z.strictObject({ kind: z.literal('slow'), factor: z.number().gt(1).max(100) }),
  /** Turns the signs of its gradients, or of the changes that its slots come to. */
  z.strictObject({ kind: z.literal('corrupt') }),
]);
export type Fault = z.infer<typeof fault>;
export type FaultKind = Fault['kind'];
