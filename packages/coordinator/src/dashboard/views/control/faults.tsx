/** Faults of a chosen worker, for a class to see what comes of them. */
import { useState } from 'preact/hooks';
import { formatPercent, type Fault, type FaultKind, type WorkerView } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import { ActionButton } from '../../action-button.tsx';
import type { Presenter } from '../../presenter.ts';
import { useShortcuts } from '../../shortcuts.ts';
import { t } from '../../text.ts';
import { NumberField } from './settings.tsx';

const keys: Readonly<Record<FaultKind, string>> = {
  'switch-off': 'o',
  freeze: 'f',
  slow: 'l',
  corrupt: 'c',
};
const kinds = Object.keys(keys) as FaultKind[];
const stopKey = 'x';

/** Those that can be asked to play something. */
const connected = (workers: readonly WorkerView[]): readonly WorkerView[] =>
  workers.filter(({ state }) => state !== 'lost' && state !== 'left').toSorted((a, b) => a.id - b.id);

export function Faults({ presenter }: { readonly presenter: Presenter }) {
  const { progress, controls } = presenter.view.value;
  const workers = progress?.workers ?? [];
  const able = connected(workers);
  const [asked, choose] = useState<number | null>(null);
  const [seconds, setSeconds] = useState(15);
  const [factor, setFactor] = useState(5);
  const chosen = (able.find(({ id }) => id === asked) ?? able.at(0))?.id ?? null;
  const playing = workers.filter(({ fault }) => fault !== null);

  const faultOf = (kind: FaultKind): Fault => {
    if (kind === 'slow') return { kind, factor };
    return kind === 'corrupt' ? { kind } : { kind, seconds };
  };
  const play = (kind: FaultKind): void => {
    if (chosen !== null) presenter.act({ type: 'play-fault', worker: chosen, fault: faultOf(kind) });
  };
  const stop = (): void => presenter.act({ type: 'stop-faults' });
  useShortcuts((key) => {
    const kind = kinds.find((each) => keys[each] === key);
    if (kind !== undefined) play(kind);
    if (key === stopKey) stop();
  });

  return (
    <section class="panel faults" aria-labelledby="faults-title">
      <div class="panel-head">
        <h2 id="faults-title">{t('control:faults.title')}</h2>
        <ActionButton shortcut={stopKey} disabled={playing.length === 0} onClick={stop}>
          {t('control:faults.stop')}
        </ActionButton>
      </div>
      <div class="fault-fields">
        <label class="field" for="fault-worker">
          <span>{t('control:faults.worker')}</span>
          <span class="with-identity">
            {chosen !== null && <Identity worker={chosen} />}
            <select
              id="fault-worker"
              value={chosen ?? ''}
              disabled={chosen === null}
              onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
            >
              {able.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </span>
        </label>
        <NumberField
          id="fault-seconds"
          label={t('control:faults.seconds')}
          value={seconds}
          least={1}
          most={600}
          whole
          set={setSeconds}
        />
        <NumberField
          id="fault-factor"
          label={t('control:faults.factor')}
          value={factor}
          least={2}
          most={100}
          whole
          set={setFactor}
        />
      </div>
      <ul class="fault-list">
        {kinds.map((kind) => (
          <li key={kind}>
            <ActionButton
              shortcut={keys[kind]}
              disabled={chosen === null}
              describedBy={`expect-${kind}`}
              onClick={() => play(kind)}
            >
              {t(`control:faults.${kind}.do`)}
            </ActionButton>
            <p id={`expect-${kind}`} class="quiet">
              {expectation(kind, { seconds, factor, audit: controls?.audit ?? 0 })}
            </p>
          </li>
        ))}
      </ul>
      <div aria-live="polite">
        {playing.map(({ id, name, fault }) => (
          <p key={id} class="playing">
            <Identity worker={id} /> {fault !== null && t(`control:faults.${fault.kind}.played`, { name })}
          </p>
        ))}
        {workers
          .filter(({ quarantined }) => quarantined !== null)
          .map(({ id, name }) => (
            <p key={id} class="playing">
              <Identity worker={id} /> {t('control:faults.quarantined', { name })}{' '}
              <button type="button" onClick={() => presenter.act({ type: 'pardon', worker: id })}>
                {t('common:workers.pardonName', { name })}
              </button>
            </p>
          ))}
      </div>
    </section>
  );
}

function expectation(
  kind: FaultKind,
  { seconds, factor, audit }: { readonly seconds: number; readonly factor: number; readonly audit: number },
): string {
  switch (kind) {
    case 'switch-off':
      return t('control:faults.switch-off.expect', { seconds });
    case 'freeze':
      return t('control:faults.freeze.expect', { seconds });
    case 'slow':
      return t('control:faults.slow.expect', { factor });
    case 'corrupt':
      return audit === 0
        ? t('control:faults.corrupt.unseen')
        : t('control:faults.corrupt.expect', { share: formatPercent(audit) });
  }
}
