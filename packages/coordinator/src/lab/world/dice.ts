/** Random numbers of a simulated class: a pure function of the cell's seed, of what is drawn, for whom, and which in turn. */
import { drawNormal, drawUniform, ln } from '@gantry/shared';

/** What is drawn. Never renumber one: published results would not come back. */
const subjects = {
  speed: 0,
  jitter: 1,
  spells: 2,
  latency: 3,
  arrival: 4,
  session: 5,
  fault: 6,
  noise: 7,
  loss: 8,
} as const;
export type Subject = keyof typeof subjects;

const one = new Float64Array(1);

export class Dice {
  readonly #seed: number;
  readonly #drawn = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** The next of this subject for this machine, in [0, 1). */
  uniform(subject: Subject, machine: number): number {
    drawUniform(this.#address(subject, machine), one);
    return one[0];
  }

  /** Standard normal. */
  normal(subject: Subject, machine: number): number {
    drawNormal(this.#address(subject, machine), one);
    return one[0];
  }

  /** Exponential, of mean 1. */
  exponential(subject: Subject, machine: number): number {
    return -ln(1 - this.uniform(subject, machine));
  }

  /** Fills with standard normal numbers. */
  normals(subject: Subject, machine: number, out: Float32Array): void {
    drawNormal(this.#address(subject, machine), out);
  }

  #address(subject: Subject, machine: number) {
    const key = `${subject}/${machine}`;
    const n = this.#drawn.get(key) ?? 0;
    this.#drawn.set(key, n + 1);
    return {
      seed: this.#seed,
      purpose: 'simulation',
      layer: subjects[subject],
      example: machine,
      step: n,
    } as const;
  }
}
