/** Which network trains now, and at which step. */
import { formatCount, type PhaseName } from '@gantry/shared';
import type { RunView } from './run-view.ts';

/** Beyond it, phases change faster than they can be shown: the page says how fast instead. */
const tooFastToShow = 4;

const networks = [
  { phase: 'discriminator', name: 'Discriminator' },
  { phase: 'generator', name: 'Generator' },
] as const;

export function Schedule({ view }: { readonly view: RunView }) {
  const { hello, progress, stepsPerSecond } = view;
  if (hello === null || progress === null) return null;
  const fast = progress.status === 'running' && (stepsPerSecond ?? 0) > tooFastToShow;
  return (
    <section class="schedule" aria-label="Schedule">
      <ol>
        {networks.map(({ phase, name }) => {
          const active = progress.status === 'running' && (fast || progress.phase === phase);
          return (
            <li
              key={phase}
              class={`${phase} ${active ? 'active' : ''}`}
              aria-current={active && !fast && 'step'}
            >
              <span class="network">{name}</span>
              <span class="steps">{stepText(phase, fast)}</span>
            </li>
          );
        })}
      </ol>
      <p class="quiet">
        Version {formatCount(progress.version)}
        {fast && ` · ${formatCount(stepsPerSecond ?? 0)} steps/s in turn`}
      </p>
    </section>
  );

  function stepText(phase: PhaseName, turning: boolean): string {
    const length = hello?.phaseLengths[phase] ?? 1;
    if (!turning && progress?.phase === phase && progress.status !== 'finished') {
      return `trains: step ${formatCount(Math.min(length, progress.stepInPhase + 1))} of ${formatCount(length)}`;
    }
    return length === 1 ? '1 step a turn' : `${formatCount(length)} steps a turn`;
  }
}
