/** What workers' frames say: read, checked, and told to the core, which then asks for what is in them. */
import {
  floatsAt,
  gantryError,
  GantryError,
  headerBytes,
  readRecords,
  recordPhases,
  type Frame,
  type PhaseName,
  type RecordLayouts,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import type { CoreEvent, Lease } from '../core/types.ts';
import type { Exchanges } from '../training/exchange.ts';
import {
  checkCodec,
  checkContribution,
  checkEvaluation,
  checkRecords,
  checkUnused,
  type ExpectedRecords,
} from './check.ts';
import { Usual } from './usual.ts';

/** A record of the update that is being handled, and the phase it is of. */
export interface Received {
  readonly phase: PhaseName;
  readonly record: UpdateRecord;
}

/** Numbers that a lease contributes to an exchange, and the size of their frame. */
export interface Contribution {
  readonly values: Float32Array;
  readonly bytes: number;
}

/** What an update holds, by part, and which parts are far larger than usual. Other frames hold nothing of the kind. */
interface Read {
  readonly parts: readonly (readonly Received[])[];
  readonly unusual: readonly number[];
}
const nothing: Read = { parts: [], unusual: [] };

export class Inbox {
  readonly #config: RunConfig;
  readonly #layouts: RecordLayouts;
  readonly #expected: (phase: PhaseName, round: Lease['round']) => Omit<ExpectedRecords, 'layouts'>;
  readonly #specs: Exchanges['specs'];
  readonly #samplesOf: (picture: number | null) => number;
  readonly #now: () => number;
  readonly #dispatch: (event: CoreEvent) => void;
  readonly #refuse: (worker: number, error: GantryError) => void;
  readonly #usual = { discriminator: new Usual(), generator: new Usual() };
  /** Of the frame that is being handled. */
  #parts: readonly (readonly Received[])[] = [];
  #frame: Frame | null = null;

  /**
   * @param expected - what records of a lease can be
   * @param samplesOf - what was asked for: the picture of this number, or a sample sheet
   * @param dispatch - handles an event to its end before it returns, but for one that comes from within
   * @param refuse - tells a worker that what it sent for its lease was refused
   */
  constructor(
    config: RunConfig,
    layouts: RecordLayouts,
    expected: (phase: PhaseName, round: Lease['round']) => Omit<ExpectedRecords, 'layouts'>,
    specs: Exchanges['specs'],
    samplesOf: (picture: number | null) => number,
    now: () => number,
    dispatch: (event: CoreEvent) => void,
    refuse: (worker: number, error: GantryError) => void,
  ) {
    this.#config = config;
    this.#layouts = layouts;
    this.#expected = expected;
    this.#specs = specs;
    this.#samplesOf = samplesOf;
    this.#now = now;
    this.#dispatch = dispatch;
    this.#refuse = refuse;
  }

  /** Of the update that is being handled, by part. */
  get parts(): readonly (readonly Received[])[] {
    return this.#parts;
  }
  /** The sample sheet that is being handled; null if none is. */
  get evaluation(): Frame | null {
    return this.#frame?.header.kind === 'evaluation' ? this.#frame : null;
  }
  /** The contribution that is being handled; null if none is. */
  get contribution(): Contribution | null {
    if (this.#frame?.header.kind !== 'contribution') return null;
    const { payload } = this.#frame;
    return { values: floatsAt(payload, 0, payload.length / 4), bytes: headerBytes + payload.length };
  }

  /**
   * @param held - the lease that the frame names, as the core has it
   * @throws FRAME_INVALID, for the connection to answer
   */
  take(worker: number, frame: Frame, held: Lease | undefined): void {
    const { header } = frame;
    const { kind, lease, version, phase, count } = header;
    checkUnused(header);
    // What is not held is not looked at: the core tells a late answer from a wrong one.
    const own = held?.worker === worker ? held : null;
    const read = own === null ? nothing : this.#checked(worker, frame, own);
    if (read === null) return;
    const { parts, unusual } = read;
    const at = this.#now();
    switch (kind) {
      case 'contribution':
        this.#handle(frame, [], { type: 'contributed', at, worker, lease, version, phase, exchange: count });
        return;
      case 'update': {
        const blocks = parts.map(([{ record }]) => ({
          firstBlock: record.firstBlock,
          blocks: record.blocks,
        }));
        const took = header.took / 1000;
        this.#handle(frame, parts, {
          type: 'update',
          at,
          worker,
          lease,
          version,
          phase,
          parts: blocks,
          unusual,
          took,
        });
        return;
      }
      case 'evaluation':
        this.#handle(frame, [], { type: 'evaluated', at, worker, lease });
        return;
      case 'snapshot':
      case 'delta':
      case 'ema':
      case 'discriminator':
      case 'merged':
        throw gantryError('FRAME_INVALID', 'kind', kind, 'update, evaluation or contribution');
    }
  }

  /** What came for a worker's own lease, by part; null where that cannot be right: then it is refused, and the core told. */
  #checked(worker: number, frame: Frame, held: Lease): Read | null {
    try {
      return this.#read(frame, held);
    } catch (error) {
      if (!(error instanceof GantryError) || error.entry.close !== undefined) throw error;
      this.#refuse(worker, error);
      const notFinite = error.code === 'UPDATE_NOT_FINITE';
      const { id: lease } = held;
      this.#dispatch({ type: 'rejected', at: this.#now(), worker, lease, reason: error.message, notFinite });
      return null;
    }
  }

  /** @throws UPDATE_INVALID, UPDATE_NOT_FINITE */
  #read(frame: Frame, held: Lease): Read {
    const { kind, phase } = frame.header;
    const config = this.#config;
    if (kind === 'update') {
      checkCodec(frame.header, config.codec.up);
      return this.#records(frame, held);
    }
    if (kind === 'evaluation') {
      checkCodec(frame.header, 'float32');
      const picture = held.task.kind === 'evaluation' ? held.task.picture : null;
      const wanted = {
        samples: this.#samplesOf(picture),
        what: picture === null ? 'sheet' : 'picture',
      } as const;
      checkEvaluation(frame, held.version, wanted, config);
    } else if (kind === 'contribution') {
      checkCodec(frame.header, 'float32');
      checkContribution(frame, held.task, this.#specs[phase], config);
    }
    return nothing;
  }

  #records({ header, payload }: Frame, { round }: Lease): Read {
    const { phase, count, lease } = header;
    const phases = recordPhases(phase, this.#config);
    const layouts = phases.map((each) => this.#layouts[each]);
    const parts = readRecords(layouts, payload, count, lease);
    const largest = checkRecords(parts, lease, { layouts, ...this.#expected(phase, round) });
    const usual = this.#usual[phase];
    const unusual = largest.flatMap((each, i) => (usual.isFar(each) ? [i] : []));
    for (const each of largest) usual.remember(each);
    return {
      parts: parts.map((records) => records.map((record, i) => ({ phase: phases[i], record }))),
      unusual,
    };
  }

  #handle(frame: Frame, parts: readonly (readonly Received[])[], event: CoreEvent): void {
    this.#frame = frame;
    this.#parts = parts;
    this.#dispatch(event);
    this.#frame = null;
    this.#parts = [];
  }
}
