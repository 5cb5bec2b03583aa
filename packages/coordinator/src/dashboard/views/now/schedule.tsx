/** Which network trains now, and at which step: as a ring, and in words. */
import { formatCount, formatPercent, phaseNames, type PhaseName } from '@gantry/shared';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';
import { arcPath, phaseArcs } from './phase-arcs.ts';

/** Steps a second beyond which phases change faster than they can be shown. */
const tooFastToShow = 4;

export function Schedule({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond } = view;
  if (hello === null || progress === null) return null;
  const running = progress.status === 'running';
  // Within a round every worker is at a step of its own.
  const fast = running && (hello.strategy === 'local' || (stepsPerSecond ?? 0) > tooFastToShow);
  const { phaseLengths, phase, stepInPhase, iteration } = progress;
  const arcs = phaseArcs(phaseLengths, phase, stepInPhase, fast);
  const done = iteration / hello.iterations;
  return (
    <section class="panel schedule" aria-label={t('now:schedule')}>
      <svg class={`ring ${running ? 'running' : ''}`} viewBox="-50 -50 100 100" aria-hidden="true">
        <circle class="whole" r="46" />
        {done > 0 && <path class="whole-done" d={arcPath({ from: 0, to: done }, 46, 0)} />}
        {arcs.map((arc) => (
          <path key={arc.from} class={`arc ${arc.phase} ${arc.state}`} d={arcPath(arc, 36, 0.8)} />
        ))}
        <text class="ring-number" y="-1">
          {formatPercent(done)}
        </text>
        <text class="ring-word" y="12">
          {t('now:ofRun')}
        </text>
      </svg>
      <div class="schedule-text">
        <p class="iteration">
          {t('now:iteration')} <strong>{formatCount(iteration)}</strong>{' '}
          <span class="quiet">{t('now:of', { count: formatCount(hello.iterations) })}</span>
        </p>
        <ol>
          {phaseNames.map((each) => (
            <li key={each} class={`${each} ${running && (fast || phase === each) ? 'active' : ''}`}>
              <span class="network">{t(`common:phase.${each}`)}</span>
              <span class="steps">{stepText(view, each, fast)}</span>
            </li>
          ))}
        </ol>
      </div>
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
