/** Which network trains now, and at which step. */
import { formatCount, type PhaseName } from '@gantry/shared';
import type { RunView } from './run-view.ts';

/** Steps a second beyond which phases change faster than they can be shown. */
const tooFastToShow = 4;

const networks = [
  { phase: 'discriminator', name: 'Discriminator' },
  { phase: 'generator', name: 'Generator' },
] as const;

export function Schedule({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond } = view;
  if (progress === null) return null;
  const running = progress.status === 'running';
  // Within a round every worker is at a step of its own.
  const fast = running && (hello?.strategy === 'local' || (stepsPerSecond ?? 0) > tooFastToShow);
  return (
    <section class="schedule" aria-label="Schedule">
      <ol>
        {networks.map(({ phase, name }) => (
          <li key={phase} class={`${phase} ${running && (fast || progress.phase === phase) ? 'active' : ''}`}>
            <span class="network">{name}</span>
            <span class="steps">{stepText(view, phase, fast)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function stepText({ progress }: RunView, phase: PhaseName, fast: boolean): string {
  const length = progress?.phaseLengths[phase] ?? 1;
  const steps = length === 1 ? '1 step' : `${formatCount(length)} steps`;
  if (fast) return `trains in turn, ${steps}`;
  if (progress?.phase !== phase || progress.status === 'finished') return `${steps} a turn`;
  const step = `step ${formatCount(Math.min(length, progress.stepInPhase + 1))} of ${formatCount(length)}`;
  return progress.status === 'running' ? `trains: ${step}` : `next: ${step}`;
}
