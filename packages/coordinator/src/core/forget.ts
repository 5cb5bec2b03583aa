/** Workers that came and went without a trace: a run need not remember them for ever. */
import type { CoreState } from './types.ts';

/** Whether the run goes on without this worker as with it: it is absent, and nothing is credited to it. */
export function isForgettable(
  { workers, accepted }: Pick<CoreState, 'workers' | 'accepted'>,
  id: number,
): boolean {
  const worker = workers.get(id);
  if (worker === undefined) return true;
  const { connected, microbatches } = worker;
  // What was accepted of the step under way is credited at its end.
  const credited = microbatches > 0 || accepted.some((each) => each.worker === id);
  return !connected && !credited;
}
