/** From what one worker and K workers came to, to a verdict. Pure. */
import {
  unitsPerVersion,
  phaseNames,
  relativeErrors,
  worstError,
  type CodecName,
  type PhaseName,
  type RunConfig,
} from '@gantry/shared';
import type { Observation } from './observe.ts';

export interface GroupReport {
  /** Of how many tensors. */
  readonly tensors: number;
  readonly maxRelativeError: number;
  /** The tensor with the largest error. */
  readonly worst: string;
  readonly withinTolerance: boolean;
  /** By tensor. */
  readonly errors: Readonly<Record<string, number>>;
}

/** What `--json` prints. */
export interface VerifyReport {
  readonly maxRelativeError: number;
  readonly tolerance: number;
  readonly withinTolerance: boolean;
  readonly preset: string;
  readonly statistics: RunConfig['batchNorm']['statistics'];
  /** Of updates. */
  readonly codec: CodecName;
  readonly workers: number;
  /** Workers that can share a step: it has no more blocks. */
  readonly sharing: number;
  /** Microbatches that each of the K workers computed of each step. */
  readonly microbatches: Observation['shares'];
  /** Whether as many workers as can share a step shared each of them. */
  readonly shared: boolean;
  readonly groups: Readonly<Record<string, GroupReport>>;
}

/**
 * @param alone - of one worker: what the other is measured by
 * @param together - of K workers
 */
export function compare(
  config: RunConfig,
  alone: Observation,
  together: Observation,
  workers: number,
  tolerance: number,
): VerifyReport {
  const groups: Record<string, GroupReport> = {};
  for (const [name, tensors] of alone.groups) {
    const found = together.groups.get(name);
    const errors = relativeErrors(
      [...tensors].map(([tensor, expected]) => ({
        name: tensor,
        found: found?.get(tensor) ?? [],
        expected,
      })),
    );
    const worst = worstError(errors);
    if (worst === null) continue;
    groups[name] = {
      tensors: errors.length,
      maxRelativeError: worst.error,
      worst: worst.name,
      withinTolerance: worst.error <= tolerance,
      errors: Object.fromEntries(errors.map((each) => [each.name, each.error])),
    };
  }
  const all = Object.values(groups);
  const sharing = Math.min(workers, unitsPerVersion(config));
  const working = (phase: PhaseName): number => together.shares[phase].filter((done) => done > 0).length;
  return {
    maxRelativeError: Math.max(...all.map(({ maxRelativeError }) => maxRelativeError)),
    tolerance,
    withinTolerance: all.every(({ withinTolerance }) => withinTolerance),
    preset: config.preset,
    statistics: config.batchNorm.statistics,
    codec: config.codec.up,
    workers,
    sharing,
    microbatches: together.shares,
    shared: phaseNames.every((phase) => working(phase) >= sharing),
    groups,
  };
}
