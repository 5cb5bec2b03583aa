/** The ring of an iteration: the steps of both phases one after the other, clockwise from the top. */
import { phaseNames, type PhaseName } from '@gantry/shared';

export interface PhaseArc {
  readonly phase: PhaseName;
  /** Turns, 0 to 1. */
  readonly from: number;
  readonly to: number;
  readonly state: 'done' | 'current' | 'ahead';
}

/** More steps than this are not told apart: what is done of a phase is one arc. */
const mostSegments = 24;

/**
 * @param lengths - steps of each phase in this iteration
 * @param done - steps done in the phase
 * @param fast - phases change faster than can be shown: both go on
 */
export function phaseArcs(
  lengths: Readonly<Record<PhaseName, number>>,
  phase: PhaseName,
  done: number,
  fast: boolean,
): PhaseArc[] {
  const total = lengths.discriminator + lengths.generator;
  let before = 0;
  return phaseNames.flatMap((each) => {
    const first = before;
    const length = lengths[each];
    before += length;
    const arc = (from: number, to: number, state: PhaseArc['state']): PhaseArc => ({
      phase: each,
      from: (first + from) / total,
      to: (first + to) / total,
      state,
    });
    if (fast) return [arc(0, length, 'current')];
    const past = each === phase ? done : phaseNames.indexOf(each) < phaseNames.indexOf(phase) ? length : 0;
    const stateOf = (step: number): PhaseArc['state'] =>
      step < past ? 'done' : step === past && each === phase ? 'current' : 'ahead';
    if (total <= mostSegments) {
      return Array.from({ length }, (_, step) => arc(step, step + 1, stateOf(step)));
    }
    const current = each === phase ? Math.min(length, past + 1) : past;
    const all = [arc(0, past, 'done'), arc(past, current, 'current'), arc(current, length, 'ahead')];
    return all.filter(({ from, to }) => to > from);
  });
}

/**
 * An arc as a path of SVG.
 *
 * @param gap - left free at each end, in the unit of the radius
 */
export function arcPath({ from, to }: Pick<PhaseArc, 'from' | 'to'>, radius: number, gap: number): string {
  const free = gap / (2 * Math.PI * radius);
  // A whole circle has no beginning: an arc cannot say it.
  const [start, end] = [from + free, Math.max(from + free + 1e-3, Math.min(to, from + 0.9999) - free)];
  const point = (turn: number): string => {
    const angle = 2 * Math.PI * turn;
    return `${(radius * Math.sin(angle)).toFixed(3)} ${(-radius * Math.cos(angle)).toFixed(3)}`;
  };
  return `M${point(start)}A${radius} ${radius} 0 ${end - start > 0.5 ? 1 : 0} 1 ${point(end)}`;
}
