/** This machine: how it computes, how much of the time, and what would be better. */
import { formatMilliseconds } from '@gantry/shared';
import { missingHere } from './machine.ts';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function MachineCard({ tab }: { readonly tab: Tab }) {
  const { worker, state, backend, threads, millisecondsPerMicrobatch } = tab.status.value;
  if (worker === null || state === 'left' || state === 'staying' || state === 'finished') return null;
  const way =
    backend === 'wasm' && (threads ?? 1) > 1
      ? t('machine:backends.wasmThreads', { threads: threads ?? 1 })
      : backend && t(`machine:backends.${backend}`);
  return (
    <section class="card machine" aria-labelledby="machine">
      <h2 id="machine">{t('machine:title')}</h2>
      {way !== null && (
        <dl class="rows">
          <div>
            <dt>{t('machine:backend')}</dt>
            <dd>{way}</dd>
          </div>
          {millisecondsPerMicrobatch !== null && (
            <div>
              <dt>{t('machine:speed')}</dt>
              <dd>{formatMilliseconds(millisecondsPerMicrobatch)}</dd>
            </div>
          )}
        </dl>
      )}
      {state !== 'unable' && <Load tab={tab} />}
      {state !== 'unable' && <Awake tab={tab} />}
      <MissingList tab={tab} />
    </section>
  );
}

/** In quarters: nobody feels finer ones. */
function Load({ tab }: { readonly tab: Tab }) {
  const percent = Math.round(100 * tab.load.value);
  const value = t('machine:loadValue', { percent });
  return (
    <div class="load">
      <div class="labelled">
        <label for="load">{t('machine:load')}</label>
        <output for="load">{value}</output>
      </div>
      <input
        id="load"
        type="range"
        min={25}
        max={100}
        step={25}
        value={percent}
        aria-valuetext={value}
        aria-describedby="load-help"
        onInput={(event) => tab.setLoad(event.currentTarget.valueAsNumber / 100)}
      />
      <p id="load-help" class="quiet small">
        {t('machine:loadHelp')}
      </p>
    </div>
  );
}

function Awake({ tab }: { readonly tab: Tab }) {
  const state = tab.awake.value;
  if (state === 'idle') return null;
  return <p class="small awake">{t(`machine:awake.${state}`)}</p>;
}

function MissingList({ tab }: { readonly tab: Tab }) {
  const missing = missingHere(
    tab.status.value.tests,
    window.crossOriginIsolated,
    navigator.hardwareConcurrency,
  );
  if (missing.length === 0) return null;
  return (
    <>
      <h3>{t('machine:missing.title')}</h3>
      <ul class="missing small">
        {missing.map((what) => (
          <li key={what}>{t(`machine:missing.${what}`)}</li>
        ))}
      </ul>
    </>
  );
}
