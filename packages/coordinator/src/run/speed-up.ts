import type { WorkerState } from '../core/types.ts';

/**
 * How many times as fast the run is as its fastest worker alone would be: examples that all get done a second, over those
 * that the worker of the best pace would compute in a second if it did nothing else and waited for nobody. Its pace is as
 * measured now, among the others: where workers share a machine, alone it would be faster still.
 *
 * @param examplesPerSecond - of the run, over its latest steps; 0 while unknown
 * @param microbatch - examples
 * @returns null while it is unknown; below 1 where the others, and the network, cost more than they bring
 */
export function speedUp(
  examplesPerSecond: number,
  microbatch: number,
  workers: Iterable<Pick<WorkerState, 'connected' | 'stage' | 'quarantined' | 'microbatches' | 'pace'>>,
): number | null {
  let fastest = Infinity;
  for (const { connected, stage, quarantined, microbatches, pace } of workers) {
    // Before it has done something, its pace is what it says of itself.
    if (!connected || stage !== 'ready' || quarantined !== null || microbatches === 0) continue;
    fastest = Math.min(fastest, pace);
  }
  if (examplesPerSecond <= 0 || fastest === Infinity) return null;
  return (examplesPerSecond * fastest) / (1000 * microbatch);
}
