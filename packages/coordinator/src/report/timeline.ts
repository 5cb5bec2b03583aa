/** Who was there, what they computed and what went wrong: from the log, in memory that does not grow with its length. */
import type { LoggedEntry } from '../run/log-lines.ts';
import type { ReportMark, ReportSpan, ReportTimeline, ReportWorker } from './data.ts';
import { binWidth, TimeBins } from './time-bins.ts';

/** Types of lines that the timeline is made of. */
export const timelineTypes = [
  'started',
  'resumed',
  'worker-joined',
  'worker-ready',
  'worker-left',
  'worker-availability',
  'worker-quarantined',
  'worker-pardoned',
  'worker-unable',
  'lease-expired',
  'lease-rejected',
  'lease-given-back',
  'step-restarted',
  'audit-disputed',
  'checkpoint',
  'finished',
  'stopped',
  'diverged',
] as const;

/** A page shows no more; who computed most comes first. */
const mostWorkers = 256;
/** Kept while the log is read: visitors beyond these are counted. */
const mostKept = 4096;
/** Of a worker. */
const mostSpans = 400;
const mostMarks = 60;

/** A worker in the making. */
interface Draft {
  name: string;
  backend: string | null;
  microbatches: number;
  spans: ReportSpan[];
  marks: ReportMark[];
  moreMarks: number;
  /** What it is now, and since when; null: it is not there. */
  present: { readonly state: ReportSpan['state']; readonly since: number } | null;
  quarantined: boolean;
  /** When it came last. */
  joined: number | null;
  readonly work: TimeBins;
}

export class TimelineReader {
  readonly #workers = new Map<number, Draft>();
  readonly #starts: number[] = [];
  #from: number | null = null;
  #last = 0;
  #lastCheckpoint: number | null = null;
  #notKept = 0;

  /** @param entry - the next line of `timelineTypes` */
  hear(entry: LoggedEntry): void {
    const { time } = entry;
    this.#from ??= time;
    switch (entry.type) {
      case 'started':
      case 'resumed':
        // Who was there when a coordinator was cut off is not there now.
        for (const draft of this.#workers.values()) change(draft, this.#last, null);
        this.#starts.push(time);
        this.#lastCheckpoint = time;
        break;
      case 'checkpoint':
        this.#work(entry);
        break;
      case 'audit-disputed':
        for (const worker of numbers(entry.workers)) this.#mark(worker, { at: time, kind: 'disputed' });
        break;
      case 'finished':
      case 'stopped':
      case 'diverged':
        break;
      default:
        this.#ofWorker(entry, Number(entry.worker));
    }
    this.#last = time;
  }

  #ofWorker(entry: LoggedEntry, id: number): void {
    const draft = this.#draft(id);
    if (draft === null) return;
    const { time: at } = entry;
    const reason = typeof entry.reason === 'string' ? { reason: entry.reason } : {};
    const mark = (kind: ReportMark['kind']): void => addMark(draft, { at, kind, ...reason });
    switch (entry.type) {
      case 'worker-joined':
        draft.name = String(entry.name);
        draft.joined = at;
        change(draft, at, draft.quarantined ? 'quarantined' : 'there');
        mark('joined');
        break;
      case 'worker-ready':
        draft.backend = String(entry.backend);
        break;
      case 'worker-left':
        change(draft, at, null);
        mark(entry.forGood === true ? 'left' : 'lost');
        break;
      case 'worker-availability':
        if (draft.present !== null && !draft.quarantined) {
          change(draft, at, entry.state === 'hidden' || entry.state === 'paused' ? entry.state : 'there');
        }
        break;
      case 'worker-quarantined':
        draft.quarantined = true;
        change(draft, at, 'quarantined');
        mark('quarantined');
        break;
      case 'worker-pardoned':
        draft.quarantined = false;
        change(draft, at, 'there');
        mark('pardoned');
        break;
      case 'worker-unable':
        mark('unable');
        break;
      case 'lease-expired':
        mark('expired');
        break;
      case 'lease-rejected':
        mark('rejected');
        break;
      case 'lease-given-back':
        mark('givenBack');
        break;
      case 'step-restarted':
        mark('restarted');
        break;
      default:
    }
  }

  /** What each has computed since the checkpoint before. */
  #work({ time, microbatches }: LoggedEntry): void {
    const before = this.#lastCheckpoint ?? time;
    this.#lastCheckpoint = time;
    if (typeof microbatches !== 'object' || microbatches === null) return;
    for (const [id, value] of Object.entries(microbatches)) {
      const draft = this.#draft(Number(id));
      const all = Number(value);
      if (draft === null) continue;
      // A resumed run goes on from an earlier count.
      const fresh = Math.max(0, all - draft.microbatches);
      draft.work.add(Math.max(before, draft.joined ?? before), time, fresh);
      draft.microbatches = all;
    }
  }

  #mark(id: number, mark: ReportMark): void {
    const draft = this.#draft(id);
    if (draft !== null) addMark(draft, mark);
  }

  /** null: there are too many already. */
  #draft(id: number): Draft | null {
    const found = this.#workers.get(id);
    if (found !== undefined) return found;
    if (this.#workers.size >= mostKept) {
      this.#notKept += 1;
      return null;
    }
    const draft: Draft = {
      name: String(id),
      backend: null,
      microbatches: 0,
      spans: [],
      marks: [],
      moreMarks: 0,
      present: null,
      quarantined: false,
      joined: null,
      work: new TimeBins(this.#from ?? 0),
    };
    this.#workers.set(id, draft);
    return draft;
  }

  /** @param to - time of the log's last line */
  finish(to: number): ReportTimeline {
    const from = this.#from ?? to;
    for (const draft of this.#workers.values()) change(draft, to, null);
    const all = [...this.#workers].toSorted(([, a], [, b]) => b.microbatches - a.microbatches);
    const shown = all.slice(0, mostWorkers).toSorted(([a], [b]) => a - b);
    return {
      from,
      to,
      starts: this.#starts,
      workers: shown.map(([id, draft]): ReportWorker => {
        const { name, backend, microbatches, spans, marks, moreMarks, work } = draft;
        return { id, name, backend, microbatches, spans, marks, moreMarks, work: work.rates(to) };
      }),
      binMilliseconds: binWidth(to - from),
      moreWorkers: this.#notKept + all.length - shown.length,
    };
  }
}

/** From now on it is in that state; null: gone. */
function change(draft: Draft, at: number, state: ReportSpan['state'] | null): void {
  const { present, spans } = draft;
  if (present !== null && present.state === state) return;
  if (present !== null && at > present.since) {
    const span = { from: present.since, to: at, state: present.state };
    // A link that comes and goes all the time becomes one span, which is what would be seen.
    if (spans.length < mostSpans) spans.push(span);
    else spans[spans.length - 1] = { ...spans[spans.length - 1], to: at };
  }
  draft.present = state === null ? null : { state, since: at };
}

function addMark(draft: Draft, mark: ReportMark): void {
  if (draft.marks.length < mostMarks) draft.marks.push(mark);
  else draft.moreMarks += 1;
}

const numbers = (value: unknown): number[] => (Array.isArray(value) ? value.map(Number) : []);
