/** What workers' frames say: read, checked, and told to the core, which then asks for what is in them. */
import {
  floatsAt,
  gantryError,
  GantryError,
  headerBytes,
  readRecords,
  type Frame,
  type PhaseName,
  type RecordLayout,
  type RunConfig,
  type UpdateRecord,
} from '@gantry/shared';
import type { CoreEvent, Lease } from '../core/types.ts';
import type { Exchanges } from '../training/exchange.ts';
import { checkContribution, checkEvaluation, checkRecords } from './check.ts';

/** Numbers that a lease contributes to an exchange, and the size of their frame. */
export interface Contribution {
  readonly values: Float32Array;
  readonly bytes: number;
}

export class Inbox {
  readonly #config: RunConfig;
  readonly #layouts: Readonly<Record<PhaseName, RecordLayout>>;
  readonly #specs: Exchanges['specs'];
  readonly #now: () => number;
  readonly #dispatch: (event: CoreEvent) => void;
  /** Of the frame that is being handled. */
  #records: readonly UpdateRecord[] = [];
  #frame: Frame | null = null;

  /** @param dispatch - handles an event to its end before it returns, but for one that comes from within */
  constructor(
    config: RunConfig,
    layouts: Readonly<Record<PhaseName, RecordLayout>>,
    specs: Exchanges['specs'],
    now: () => number,
    dispatch: (event: CoreEvent) => void,
  ) {
    this.#config = config;
    this.#layouts = layouts;
    this.#specs = specs;
    this.#now = now;
    this.#dispatch = dispatch;
  }

  /** Of the update that is being handled. */
  get records(): readonly UpdateRecord[] {
    return this.#records;
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
        const records = holds ? this.#checked(worker, lease, () => this.#read(frame)) : [];
        const parts = records.map(({ firstBlock, blocks }) => ({ firstBlock, blocks }));
        this.#handle(frame, records, { type: 'update', at, worker, lease, version, phase, parts });
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

  #read({ header, payload }: Frame): UpdateRecord[] {
    const { phase, count, lease } = header;
    const found = readRecords(this.#layouts[phase], payload, count, lease);
    checkRecords(found, lease, this.#config);
    return found;
  }

  #handle(frame: Frame, records: readonly UpdateRecord[], event: CoreEvent): void {
    this.#frame = frame;
    this.#records = records;
    this.#dispatch(event);
    this.#frame = null;
    this.#records = [];
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
