/** Which networks train, and how fast one version follows the other. */
import { formatMilliseconds, type PhaseName, type PresenterControls } from '@gantry/shared';
import { ActionButton } from '../../action-button.tsx';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';

/** Milliseconds between versions that can be chosen. */
const paces = [0, 100, 250, 500, 1000, 2000, 5000];

/** By their keys. */
export const onlyKeys: Readonly<Record<string, PhaseName | null>> = {
  b: null,
  d: 'discriminator',
  g: 'generator',
};

export function Training({
  presenter,
  controls,
}: {
  readonly presenter: Presenter;
  readonly controls: PresenterControls;
}) {
  const { only, slowMotion, tunable } = controls;
  const nearest = paces.findLastIndex((pace) => pace <= slowMotion);
  return (
    <section class="panel" aria-labelledby="training-title">
      <div class="panel-head">
        <h2 id="training-title">{t('control:training.title')}</h2>
      </div>
      <div class="choices" role="group" aria-label={t('control:training.which')}>
        {Object.entries(onlyKeys).map(([key, phase]) => (
          <ActionButton
            key={key}
            shortcut={key}
            pressed={only === phase}
            disabled={!tunable && phase !== null}
            onClick={() => presenter.act({ type: 'train-only', phase })}
          >
            {t(`control:training.${phase ?? 'both'}`)}
          </ActionButton>
        ))}
      </div>
      <p class="quiet">{t(tunable ? 'control:training.text' : 'control:training.local')}</p>
      <label class="field" for="slow-motion">
        <span>{t('control:slowMotion.title')}</span>
        <input
          id="slow-motion"
          type="range"
          min={0}
          max={paces.length - 1}
          value={nearest}
          aria-valuetext={paceText(slowMotion)}
          onChange={({ currentTarget }) =>
            presenter.act({ type: 'slow-motion', milliseconds: paces[currentTarget.valueAsNumber] })
          }
        />
        <output>{paceText(slowMotion)}</output>
      </label>
      <p class="quiet">{t('control:slowMotion.text')}</p>
    </section>
  );
}

const paceText = (milliseconds: number): string =>
  milliseconds === 0
    ? t('control:slowMotion.off')
    : t('control:slowMotion.value', { time: formatMilliseconds(milliseconds) });
