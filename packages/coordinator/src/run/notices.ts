/** What happens to workers that the presenter should know, in a sentence. */
import type { Happening } from '../core/types.ts';

/** Why a worker is put aside, to be tested anew; null: it is not. */
export function asideReason(happening: Happening): string | null {
  if (happening.type === 'lease-rejected') return happening.reason;
  const failed = happening.type === 'worker-unable' && happening.why === 'failures';
  return failed ? 'One lease after the other failed there.' : null;
}

/** @returns null for what nobody needs to be told */
export function noticeOf(happening: Happening, nameOf: (worker: number) => string): string | null {
  if (happening.type === 'audit-undecided') {
    const names = happening.workers.map(nameOf).join(' and ');
    return happening.workers.length > 1
      ? `${names} compute different gradients, and nobody else is there to say which is right. Let more workers join.`
      : `An update of ${names} is far larger than usual, and nobody else is there to compute it again.`;
  }
  if (happening.type === 'worker-quarantined') {
    const reason = happening.reason.replace(/\.$/, '');
    return `${nameOf(happening.worker)} is quarantined and gets no work. ${reason}. The presenter's page can pardon it.`;
  }
  if (happening.type !== 'worker-unable' && happening.type !== 'lease-rejected') return null;
  const aside = asideReason(happening);
  return aside === null
    ? `${nameOf(happening.worker)} cannot compute: no backend of it passed the test.`
    : `${nameOf(happening.worker)} is put aside, to be tested anew. ${aside}`;
}
