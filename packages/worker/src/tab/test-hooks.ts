/**
 * The status, as data attributes of the document's root: `data-state`, `data-replica-checksum` and so on. For
 * tests in real browsers and for whoever inspects the page; nothing of the page reads them.
 */
import { formatChecksum } from '@gantry/shared';
import type { SessionStatus } from '../session/status.ts';

export function exposeStatus(status: SessionStatus, root: HTMLElement): void {
  const fields: Record<string, string | number | null> = {
    state: status.state,
    errorCode: status.detail?.code ?? null,
    name: status.name,
    worker: status.worker,
    preset: status.preset,
    backend: status.backend,
    threads: status.threads,
    phase: status.task?.phase ?? null,
    slept: status.slept,
    runStatus: status.runStatus,
    iteration: status.iteration,
    iterations: status.iterations,
    workers: status.workers,
    microbatches: status.microbatches,
    version: status.version,
    replicaChecksum: status.replicaChecksum === null ? null : formatChecksum(status.replicaChecksum),
    tensors: status.tensors,
    load: status.load,
  };
  for (const [field, value] of Object.entries(fields)) {
    if (value === null) delete root.dataset[field];
    else root.dataset[field] = String(value);
  }
}
