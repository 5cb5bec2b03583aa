/** Learning rates and steps per phase, changed while the run goes on. */
import { useEffect, useRef } from 'preact/hooks';
import type { PhaseName, PresenterControls } from '@gantry/shared';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';

const phases = ['discriminator', 'generator'] as const;

interface SettingsProps {
  readonly presenter: Presenter;
  readonly controls: PresenterControls;
}

export function Settings({ presenter, controls }: SettingsProps) {
  const { configured, lengths, learningRates, tunable } = controls;
  const rates = learningRates ?? configured.learningRates;
  const steps = lengths ?? configured.lengths;
  const setRate = (phase: PhaseName, value: number): void =>
    presenter.act({ type: 'set-learning-rates', rates: { ...rates, [phase]: value } });
  const setSteps = (phase: PhaseName, value: number): void =>
    presenter.act({ type: 'set-lengths', lengths: { ...steps, [phase]: value } });
  return (
    <section class="panel" aria-labelledby="settings-title">
      <div class="panel-head">
        <h2 id="settings-title">{t('control:settings.title')}</h2>
      </div>
      <div class="settings">
        {phases.map((phase) => (
          <fieldset key={phase} class={phase} disabled={!tunable}>
            <legend>{t(`common:phase.${phase}`)}</legend>
            <NumberField
              id={`rate-${phase}`}
              label={t('control:settings.learningRate')}
              value={rates[phase]}
              least={0}
              most={10}
              set={(value) => setRate(phase, value)}
            />
            <div class="choices">
              {([0.5, 2] as const).map((factor) => (
                <button
                  key={factor}
                  type="button"
                  aria-label={t(`control:settings.${factor === 2 ? 'twice' : 'half'}`, {
                    network: t(`common:phase.${phase}`),
                  })}
                  onClick={() => setRate(phase, Math.min(10, Number((rates[phase] * factor).toPrecision(6))))}
                >
                  {factor === 2 ? '× 2' : '÷ 2'}
                </button>
              ))}
            </div>
            <NumberField
              id={`steps-${phase}`}
              label={t('control:settings.steps')}
              value={steps[phase]}
              least={1}
              most={10_000}
              whole
              set={(value) => setSteps(phase, value)}
            />
          </fieldset>
        ))}
      </div>
      <div class="choices">
        <button
          type="button"
          disabled={learningRates === null && lengths === null}
          onClick={() => {
            if (learningRates !== null) presenter.act({ type: 'set-learning-rates', rates: null });
            if (lengths !== null) presenter.act({ type: 'set-lengths', lengths: null });
          }}
        >
          {t('control:settings.revert')}
        </button>
      </div>
      <p class="quiet">{t(tunable ? 'control:settings.text' : 'control:training.local')}</p>
    </section>
  );
}

interface NumberFieldProps {
  readonly id: string;
  readonly label: string;
  readonly value: number;
  readonly least: number;
  readonly most: number;
  readonly whole?: boolean;
  readonly set: (value: number) => void;
}

/** Takes effect with Enter, or when left; what cannot be is taken back. */
export function NumberField({ id, label, value, least, most, whole = false, set }: NumberFieldProps) {
  const field = useRef<HTMLInputElement>(null);
  // Not by the property: the view is drawn again several times a second, and would take back what is being typed.
  useEffect(() => {
    if (field.current !== null && field.current !== document.activeElement)
      field.current.value = String(value);
  });
  return (
    <label class="field" for={id}>
      <span>{label}</span>
      <input
        id={id}
        type="number"
        min={least}
        max={most}
        step={whole ? 1 : 'any'}
        defaultValue={value}
        ref={field}
        onChange={({ currentTarget }) => {
          const typed = currentTarget.valueAsNumber;
          if (currentTarget.checkValidity() && Number.isFinite(typed)) set(typed);
          else currentTarget.value = String(value);
        }}
      />
    </label>
  );
}
