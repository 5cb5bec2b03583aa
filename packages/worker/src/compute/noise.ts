/** Random numbers inside networks, from the counter-based generator: an example's are the same wherever it passes. */
import { drawUniform, phaseNumber, type PhaseName } from '@gantry/shared';
import type { Noise } from './layers/layer.ts';

/** Passes through a network whose random numbers must differ. */
export const passes = {
  real: 0,
  fake: 1,
  generator: 2,
  r1: 3,
  r2: 4,
  gradientPenalty: 5,
  standing: 6,
} as const;

export interface NoisePlace {
  readonly seed: number;
  readonly phase: PhaseName;
  /** Of that phase. */
  readonly step: number;
}

/**
 * @param examples - index in the global batch of each row of one group
 * @param groups - the pass of each group, in the order in which they lie in the tensor
 */
export function rowNoise(
  { seed, phase, step }: NoisePlace,
  examples: readonly number[],
  groups: readonly (keyof typeof passes)[],
): Noise {
  return {
    uniform(layer, features) {
      const all = new Float32Array(groups.length * examples.length * features);
      let at = 0;
      for (const group of groups) {
        for (const example of examples) {
          const address = { seed, phase: phaseNumber[phase], step, example, layer, pass: passes[group] };
          drawUniform({ ...address, purpose: 'dropout' }, all.subarray(at, (at += features)));
        }
      }
      return all;
    },
  };
}
