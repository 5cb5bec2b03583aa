/** What a machine does to its updates on purpose, or because it is broken: each is something that a real worker could send. */
import type { Dice } from './dice.ts';

/**
 * `sign-flip`: the opposite; `scale`: so many times as large; `random`: noise of the same norm; `replay`: what it sent for
 * its first lease, again and again (lazy).
 */
export type GradientFault =
  { readonly kind: 'sign-flip' | 'random' | 'replay' } | { readonly kind: 'scale'; readonly factor: number };

export class Misconduct {
  readonly #dice: Dice;
  readonly #machine: number;
  /** By place in an update and length: phases have gradients of their own. */
  readonly #first = new Map<string, Float32Array>();

  constructor(dice: Dice, machine: number) {
    this.#dice = dice;
    this.#machine = machine;
  }

  /** @param gradients - float32, changed */
  spoil(fault: GradientFault, gradients: readonly Float32Array[]): void {
    gradients.forEach((gradient, i) => this.#spoil(fault, gradient, i));
  }

  #spoil(fault: GradientFault, gradient: Float32Array, place: number): void {
    switch (fault.kind) {
      case 'sign-flip':
        scale(gradient, -1);
        return;
      case 'scale':
        scale(gradient, fault.factor);
        return;
      case 'random': {
        const norm = normOf(gradient);
        this.#dice.normals('noise', this.#machine, gradient);
        scale(gradient, norm / normOf(gradient));
        return;
      }
      case 'replay': {
        const key = `${place}/${gradient.length}`;
        const first = this.#first.get(key);
        if (first === undefined) this.#first.set(key, gradient.slice());
        else gradient.set(first);
        return;
      }
    }
  }
}

function scale(gradient: Float32Array, by: number): void {
  for (let i = 0; i < gradient.length; i++) gradient[i] *= by;
}

/** Euclidean; above 0, so that it can be divided by. */
function normOf(gradient: Float32Array): number {
  let sum = 0;
  for (const each of gradient) sum += each * each;
  return Math.max(Number.MIN_VALUE, Math.sqrt(sum));
}
