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
import { checkContribution, checkEvaluation, checkRecords, type ExpectedRecords } from './check.ts';
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

export class Inbox {
  readonly #config: RunConfig;
  readonly #layouts: RecordLayouts;
  readonly #expected: (phase: PhaseName, round: Lease['round']) => Omit<ExpectedRecords, 'layouts'>;
  readonly #specs: Exchanges['specs'];
  readonly #now: () => number;
  readonly #dispatch: (event: CoreEvent) => void;
  readonly #usual = { discriminator: new Usual(), generator: new Usual() };
  /** Of the frame that is being handled. */
  #parts: readonly (readonly Received[])[] = [];
  #frame: Frame | null = null;

  /**
   * @param expected - what records of a lease can be
   * @param dispatch - handles an event to its end before it returns, but for one that comes from within
   */
  constructor(
    config: RunConfig,
    layouts: RecordLayouts,
    expected: (phase: PhaseName, round: Lease['round']) => Omit<ExpectedRecords, 'layouts'>,
    specs: Exchanges['specs'],
    now: () => number,
    dispatch: (event: CoreEvent) => void,
  ) {
    this.#config = config;
    this.#layouts = layouts;
    this.#expected = expected;
    this.#specs = specs;
    this.#now = now;
    this.#dispatch = dispatch;
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
   * @throws FRAME_INVALID, UPDATE_INVALID, UPDATE_NOT_FINITE, for the connection to answer
   */
  take(worker: number, frame: Frame, held: Lease | undefined): void {
    const { kind, lease, version, phase, count } = frame.header;
    const at = this.#now();
    // What is not held is not looked at: the core tells a late answer from a wrong one.
    const holds = held?.worker === worker;
    switch (kind) {
      case 'contribution':
        if (holds) {
          this.#checked(worker, lease, () =>
            checkContribution(frame, held.task, this.#specs[phase], this.#config),
          );
        }
        this.#handle(frame, [], { type: 'contributed', at, worker, lease, version, phase, exchange: count });
        return;
      case 'update': {
        const { received, unusual } = holds
          ? this.#checked(worker, lease, () => this.#read(frame, held))
          : { received: [], unusual: [] };
        const parts = received.map(([{ record }]) => ({
          firstBlock: record.firstBlock,
          blocks: record.blocks,
        }));
        const took = frame.header.took / 1000;
        this.#handle(frame, received, {
          type: 'update',
          at,
          worker,
          lease,
          version,
          phase,
          parts,
          unusual,
          took,
        });
        return;
      }
      case 'evaluation':
        this.#checked(worker, lease, () => checkEvaluation(frame, this.#config));
        this.#handle(frame, [], { type: 'evaluated', at, worker, lease });
        return;
      case 'snapshot':
      case 'delta':
      case 'ema':
      case 'merged':
        throw gantryError('FRAME_INVALID', 'kind', kind, 'update, evaluation or contribution');
    }
  }

  #read(
    { header, payload }: Frame,
    { round }: Lease,
  ): { readonly received: Received[][]; readonly unusual: number[] } {
    const { phase, count, lease, codec } = header;
    const wanted = this.#config.codec.up;
    if (codec !== wanted) throw gantryError('UPDATE_INVALID', lease, `its codec is ${codec}, not ${wanted}`);
    const phases = recordPhases(phase, this.#config);
    const layouts = phases.map((each) => this.#layouts[each]);
    const parts = readRecords(layouts, payload, count, lease);
    const largest = checkRecords(parts, lease, { layouts, ...this.#expected(phase, round) });
    const received = parts.map((records) => records.map((record, i) => ({ phase: phases[i], record })));
    const unusual = largest.flatMap((each, i) => (this.#usual[phase].isFar(each) ? [i] : []));
    for (const each of largest) this.#usual[phase].remember(each);
    return { received, unusual };
  }

  #handle(frame: Frame, parts: readonly (readonly Received[])[], event: CoreEvent): void {
    this.#frame = frame;
    this.#parts = parts;
    this.#dispatch(event);
    this.#frame = null;
    this.#parts = [];
  }

  /** Reads what a worker sent for a lease; where that cannot be right, the core hears of it before the worker. */
  #checked<T>(worker: number, lease: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof GantryError) {
        const notFinite = error.code === 'UPDATE_NOT_FINITE';
        const at = this.#now();
        this.#dispatch({ type: 'rejected', at, worker, lease, reason: error.message, notFinite });
      }
      throw error;
    }
  }
}
