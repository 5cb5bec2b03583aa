/** Which network trains now, and at which step. */
import { formatCount, type PhaseName } from '@gantry/shared';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';

/** Steps a second beyond which phases change faster than they can be shown. */
const tooFastToShow = 4;

const phases = ['discriminator', 'generator'] as const;

export function Schedule({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond } = view;
  if (progress === null) return null;
  const running = progress.status === 'running';
  // Within a round every worker is at a step of its own.
  const fast = running && (hello?.strategy === 'local' || (stepsPerSecond ?? 0) > tooFastToShow);
  return (
    <section class="schedule" aria-label={t('now:schedule')}>
      <ol>
        {phases.map((phase) => (
          <li key={phase} class={`${phase} ${running && (fast || progress.phase === phase) ? 'active' : ''}`}>
            <span class="network">{t(`common:phase.${phase}`)}</span>
            <span class="steps">{stepText(view, phase, fast)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stepText({ progress }: RunView, phase: PhaseName, fast: boolean): string {
  const length = progress?.phaseLengths[phase] ?? 1;
  const steps = t('now:stepCount', { count: length });
  if (fast) return t('now:inTurn', { steps });
  if (progress?.phase !== phase || progress.status === 'finished') return t('now:aTurn', { steps });
  const which = {
    step: formatCount(Math.min(length, progress.stepInPhase + 1)),
    length: formatCount(length),
  };
  return progress.status === 'running' ? t('now:trains', which) : t('now:next', which);
}
