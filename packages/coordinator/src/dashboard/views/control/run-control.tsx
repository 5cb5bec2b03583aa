/** Start, pause, go on, and by one step: the buttons of the run as a whole, beside every view. */
import type { AdvanceUnit } from '@gantry/shared';
import { ActionButton } from '../../action-button.tsx';
import type { Presenter } from '../../presenter.ts';
import { useShortcuts } from '../../shortcuts.ts';
import { t } from '../../text.ts';

const unitKeys: Readonly<Record<AdvanceUnit, string>> = { step: 's', phase: 'h', iteration: 'i', round: 'r' };
const pauseKey = 'p';

/** @param large - with all units, where there is room; else the smallest */
export function RunControl({ presenter, large }: { readonly presenter: Presenter; readonly large: boolean }) {
  const { controls, progress } = presenter.view.value;
  if (controls === null || progress === null) return null;
  const { going, units } = controls;
  const over = progress.status === 'finished';
  const waits = going === 'lobby' || going === 'paused';
  return (
    <div class="run-control" role="group" aria-label={t('control:run')}>
      <ActionButton
        shortcut={pauseKey}
        primary={waits}
        disabled={over}
        onClick={() => presenter.act({ type: waits ? 'go-on' : 'pause' })}
      >
        {t(going === 'lobby' ? 'control:start' : waits ? 'control:goOn' : 'control:pause')}
      </ActionButton>
      {(large ? units : units.slice(0, 1)).map((unit) => (
        <ActionButton
          key={unit}
          shortcut={unitKeys[unit]}
          disabled={over}
          pressed={large ? going === unit : undefined}
          onClick={() => presenter.act({ type: 'advance', unit })}
        >
          {t(`control:one.${unit}`)}
        </ActionButton>
      ))}
    </div>
  );
}

/** The same by keys. */
export function useRunKeys(presenter: Presenter, enabled: boolean): void {
  useShortcuts((key) => {
    const { controls, progress } = presenter.view.value;
    if (!enabled || controls === null || progress?.status === 'finished') return;
    const waits = controls.going === 'lobby' || controls.going === 'paused';
    if (key === pauseKey) presenter.act({ type: waits ? 'go-on' : 'pause' });
    const unit = controls.units.find((each) => unitKeys[each] === key);
    if (unit !== undefined) presenter.act({ type: 'advance', unit });
  });
}
