/** How much of each class each share of the data has. Drawn from the run's seed, the same on every engine. */
import type { RunConfig } from '../config.ts';
import { gantryError } from '../errors.ts';
import { drawNormal, drawUniform, exp, ln } from '../random/draw.ts';
import { shuffled } from '../random/permutation.ts';

export type Split = Exclude<RunConfig['split'], { kind: 'identical' }>;

/** Layers of the addresses of a split. */
const draws = { classes: 0, gamma: 1, boost: 2 } as const;

/**
 * @param classes - of the data; where the split minds none, 1 serves for all
 * @returns of each class its parts: float64 [shares], which add up to 1
 * @throws CONFIG_FIELD_INVALID where the split asks for classes that the data has not
 */
export function proportions(split: Split, seed: number, classes: number): readonly Float64Array[] {
  switch (split.kind) {
    case 'class':
      return byClass(split, seed, classes);
    case 'dirichlet':
      return Array.from({ length: classes }, (_, label) => dirichlet(split, seed, label));
    case 'quantity': {
      const sizes = Float64Array.from({ length: split.shares }, (_, k) => exp(-split.exponent * ln(k + 1)));
      return Array.from({ length: classes }, () => normalised(sizes));
    }
  }
}

/** Of the classes in shuffled order each share has the next ones, from the first on again where they end. */
function byClass(
  { shares, classes: each }: Extract<Split, { kind: 'class' }>,
  seed: number,
  classes: number,
): readonly Float64Array[] {
  const refuse = (field: string, value: number, reason: string): Error =>
    gantryError('CONFIG_FIELD_INVALID', field, value, reason);
  if (each > classes) throw refuse('split.classes', each, `the data has ${classes} classes`);
  if (shares * each < classes) {
    const reason = `${shares} shares of ${each} classes leave some of the ${classes} classes to nobody; raise it or split.classes`;
    throw refuse('split.shares', shares, reason);
  }
  const order = shuffled(classes, { seed, purpose: 'split', layer: draws.classes });
  const parts = Array.from({ length: classes }, () => new Float64Array(shares));
  for (let share = 0; share < shares; share++) {
    for (let i = 0; i < each; i++) parts[order[(share * each + i) % classes]][share] = 1;
  }
  return parts.map(normalised);
}

/** Gamma(α) numbers divided by their sum; as logarithms, since with small α most are too small for a number. */
function dirichlet(
  { shares, alpha }: Extract<Split, { kind: 'dirichlet' }>,
  seed: number,
  label: number,
): Float64Array {
  const logs = Float64Array.from({ length: shares }, (_, share) => logGamma(alpha, seed, label, share));
  const most = logs.reduce((a, b) => Math.max(a, b));
  return normalised(logs.map((log) => exp(log - most)));
}

const [normal, uniform] = [new Float64Array(1), new Float64Array(1)];

/**
 * The logarithm of a number drawn from Gamma(α, 1): G. Marsaglia, W. W. Tsang, "A simple method for generating gamma
 * variables", 2000. For α + 1, times U^(1/α).
 */
function logGamma(alpha: number, seed: number, label: number, share: number): number {
  const place = { seed, purpose: 'split', step: label, example: share } as const;
  const d = alpha + 1 - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  drawUniform({ ...place, layer: draws.boost }, uniform);
  const boost = ln(uniform[0] + 2 ** -25) / alpha;
  for (let attempt = 0; ; attempt++) {
    const tried = { ...place, layer: draws.gamma, pass: 2 * attempt };
    drawNormal(tried, normal);
    drawUniform({ ...tried, pass: 2 * attempt + 1 }, uniform);
    const [x] = normal;
    const v = (1 + c * x) * (1 + c * x) * (1 + c * x); // engines differ in the last bits of **
    if (v <= 0) continue;
    if (ln(uniform[0] + 2 ** -25) < 0.5 * x * x + d - d * v + d * ln(v)) return ln(d * v) + boost;
  }
}

function normalised(values: Float64Array): Float64Array {
  const sum = values.reduce((a, b) => a + b, 0);
  return values.map((value) => value / sum);
}
