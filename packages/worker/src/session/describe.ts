/** What a session tells of itself, from what it has heard and what it has. */
import type { CoordinatorMessage, WelcomeMessage } from '@gantry/shared';
import type { SessionStatus } from './status.ts';
import type { Workplace } from './workplace.ts';

export type Progress = Extract<CoordinatorMessage, { type: 'progress' }>;

/**
 * @param known - what the session itself knows; the rest follows from the others, where they are there
 * @param silent - nothing was heard of the coordinator for a while
 */
export function describeSession(
  known: Pick<
    SessionStatus,
    'state' | 'detail' | 'task' | 'slept' | 'load' | 'quarantined' | 'fault' | 'bytes'
  >,
  silent: boolean,
  welcome: WelcomeMessage | null,
  workplace: Workplace | null,
  progress: Progress | null,
): SessionStatus {
  return {
    ...known,
    name: welcome?.name ?? null,
    worker: welcome?.worker ?? null,
    preset: welcome?.config.preset ?? null,
    backend: workplace?.compute?.backend ?? null,
    threads: workplace?.compute?.threads ?? null,
    sheetsOnly: workplace?.sheetsOnly ?? false,
    tests: workplace?.tests ?? [],
    millisecondsPerMicrobatch: workplace?.compute ? workplace.millisecondsPerMicrobatch : null,
    runStatus: progress?.status ?? null,
    waiting: silent ? { for: 'network', count: 0 } : (progress?.waiting ?? null),
    iteration: progress?.iteration ?? 0,
    iterations: progress?.iterations ?? welcome?.config.schedule.iterations ?? 0,
    workers: progress?.workers ?? 0,
    rank: progress?.rank ?? null,
    share: progress?.share ?? 0,
    microbatches: progress?.microbatches ?? 0,
    version: workplace?.replica.version ?? null,
    replicaChecksum: workplace?.replica.checksum() ?? null,
    tensors: workplace?.compute?.tensors() ?? 0,
  };
}
