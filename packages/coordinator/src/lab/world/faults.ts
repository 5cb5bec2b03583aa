/** Scripted faults of a simulated class: what a machine is to suffer, or to do, and when. */
import type { Dice } from './dice.ts';
import type { GradientFault } from './misconduct.ts';

/** What befalls a machine or its connection while it works on a lease. */
export type LeaseFault =
  /** It is gone at once, and comes back after so many milliseconds; Infinity: it does not. */
  | { readonly kind: 'kill'; readonly lasts: number }
  /** It does nothing for so long, and says nothing. */
  | { readonly kind: 'freeze'; readonly lasts: number }
  | { readonly kind: 'slow'; readonly lasts: number; readonly factor: number };

/** What befalls the frame of an update on its way. */
export type FrameFault =
  /** Nothing arrives for so many milliseconds, it and what follows; `reorder`: it waits so long, and what follows overtakes it. */
  | { readonly kind: 'delay' | 'reorder'; readonly lasts: number }
  /** It comes twice. */
  | { readonly kind: 'duplicate' }
  /** The connection breaks with it. */
  | { readonly kind: 'drop' }
  /** One of its bits is another. */
  | { readonly kind: 'corrupt' };

export type Fault = LeaseFault | FrameFault | GradientFault;

export interface ScriptedFault {
  readonly fault: Fault;
  /** Times at which it strikes, milliseconds; of what befalls frames or gradients, the first one after each. */
  readonly at: readonly number[];
  /** Chance to strike with each lease, from `from` on. */
  readonly probability: number;
  readonly from: number;
}

const onMachine = new Set<Fault['kind']>(['kill', 'freeze', 'slow']);
const onFrame = new Set<Fault['kind']>(['delay', 'reorder', 'duplicate', 'drop', 'corrupt']);

export const isLeaseFault = (fault: Fault): fault is LeaseFault => onMachine.has(fault.kind);
export const isFrameFault = (fault: Fault): fault is FrameFault => onFrame.has(fault.kind);

/** The script of one machine. */
export class Script {
  readonly #faults: readonly { readonly scripted: ScriptedFault; due: number[] }[];
  readonly #dice: Dice;
  readonly #machine: number;

  constructor(faults: readonly ScriptedFault[], dice: Dice, machine: number) {
    this.#faults = faults.map((scripted) => ({ scripted, due: [...scripted.at].sort((a, b) => a - b) }));
    this.#dice = dice;
    this.#machine = machine;
  }

  /** What strikes a machine at times of its own: not with a lease. */
  get timed(): readonly { readonly at: number; readonly fault: LeaseFault }[] {
    return this.#faults.flatMap(({ scripted: { fault, at } }) =>
      isLeaseFault(fault) ? at.map((time) => ({ at: time, fault })) : [],
    );
  }

  /** What strikes with this lease. One draw a fault and lease, so that no fault moves another's. */
  next(now: number): Fault[] {
    return this.#faults.flatMap(({ scripted, due }): Fault[] => {
      const { fault, probability, from } = scripted;
      const drawn =
        probability > 0 && this.#dice.uniform('fault', this.#machine) < probability && now >= from;
      if (isLeaseFault(fault)) return drawn ? [fault] : [];
      const isDue = due.length > 0 && due[0] <= now;
      if (isDue) due.shift();
      return drawn || isDue ? [fault] : [];
    });
  }
}
