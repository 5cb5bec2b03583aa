/** Faults that this worker plays because the presenter asked for it, to show a class what happens. */
import { gantryError, type Fault, type GantryError } from '@gantry/shared';
import { systemTicker, type Ticker } from './duty.ts';

/** Between two looks at whether a frozen lease is still wanted. Milliseconds. */
const longestNap = 100;

export class PlayedFaults {
  readonly #ticker: Ticker;
  #fault: Fault | null = null;
  #until = Infinity;

  constructor(ticker: Ticker = systemTicker) {
    this.#ticker = ticker;
  }

  /** What it plays; null: nothing. */
  get fault(): Fault | null {
    return this.#ticker.now() < this.#until ? this.#fault : null;
  }

  /** What its page tells. */
  get detail(): GantryError | null {
    const { fault } = this;
    switch (fault?.kind) {
      case undefined:
        return null;
      case 'switch-off':
        return gantryError('FAULT_SWITCH_OFF', fault.seconds);
      case 'freeze':
        return gantryError('FAULT_FREEZE', fault.seconds);
      case 'slow':
        return gantryError('FAULT_SLOW', fault.factor);
      case 'corrupt':
        return gantryError('FAULT_CORRUPT');
    }
  }

  /** How many times longer everything takes. */
  get slowness(): number {
    const { fault } = this;
    return fault?.kind === 'slow' ? fault.factor : 1;
  }

  /** Instead of the one before. @param fault - null: none */
  play(fault: Fault | null): void {
    this.#fault = fault;
    this.#until = fault !== null && 'seconds' in fault ? this.#ticker.now() + 1000 * fault.seconds : Infinity;
  }

  /** Resolves when it is not frozen (any more). @param unwanted - ends it early */
  async thawed(unwanted: () => boolean): Promise<void> {
    while (this.fault?.kind === 'freeze' && !unwanted()) {
      // oxlint-disable-next-line no-await-in-loop -- one nap after the other
      await this.#ticker.wait(Math.min(longestNap, this.#until - this.#ticker.now()));
    }
  }

  /** Changes what is to be sent. @param gradients - of it: float32, written */
  spoil(gradients: () => readonly Float32Array[]): void {
    if (this.fault?.kind !== 'corrupt') return;
    for (const gradient of gradients()) {
      for (let i = 0; i < gradient.length; i++) gradient[i] = -gradient[i];
    }
  }
}
