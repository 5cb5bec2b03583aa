/** Who computes, in which state, and how much of it. */
import type { ComponentChildren } from 'preact';
import { formatMilliseconds, formatPercent, type WorkerView } from '@gantry/shared';
import { Identity } from '@gantry/shared/page';
import type { Presenter } from './presenter.ts';
import type { RunView } from './run-view.ts';
import { t } from './text.ts';
import { presentWorkers, workerTone } from './words.ts';

export interface WorkerActions {
  /** null: nothing can be done about them here. */
  readonly act: Presenter['act'] | null;
  /** What else is shown of each. */
  readonly more?: ((worker: WorkerView) => ComponentChildren) | undefined;
}

export function Workers({ view, act, more }: { readonly view: RunView } & WorkerActions) {
  const workers = view.progress?.workers ?? [];
  const useful = view.hello?.usefulWorkers ?? 0;
  const most = Math.max(0, ...workers.map((worker) => worker.share));
  const present = presentWorkers(workers);
  return (
    <section class="panel workers" aria-labelledby="workers-title">
      <div class="panel-head">
        <h2 id="workers-title">
          {t('common:workers.title')} <strong>{present}</strong>
        </h2>
        {useful > 0 && (
          <p class="quiet">
            {t(
              view.hello?.strategy === 'local' ? 'common:workers.usefulRound' : 'common:workers.usefulStep',
              {
                count: useful,
              },
            )}
            {present > useful ? t('common:workers.ready') : ''}
          </p>
        )}
      </div>
      {workers.length === 0 ? (
        <p class="quiet">{t('common:workers.none')}</p>
      ) : (
        <ul tabIndex={0} aria-label={t('common:workers.title')}>
          {workers
            .toSorted((a, b) => a.id - b.id)
            .map((worker) => (
              <Worker key={worker.id} worker={worker} most={most} act={act} more={more} />
            ))}
        </ul>
      )}
    </section>
  );
}

/** @param most - the largest share, which fills the bar */
function Worker({
  worker,
  most,
  act,
  more,
}: { readonly worker: WorkerView; readonly most: number } & WorkerActions) {
  const speed =
    worker.millisecondsPerMicrobatch === null ? null : formatMilliseconds(worker.millisecondsPerMicrobatch);
  const machine = [speed, worker.backend, worker.kind === 'headless' ? t('common:workers.headless') : null]
    .filter((part) => part !== null)
    .join(' · ');
  return (
    <li class={worker.state === 'lost' || worker.state === 'left' ? 'gone' : ''}>
      <Identity worker={worker.id} />
      <div class="line">
        <span class="worker-name" title={worker.name}>
          {worker.name}
        </span>
        <span>{formatPercent(worker.share)}</span>
      </div>
      <div class="line small">
        <span
          class={`worker-state ${workerTone[worker.state]}`}
          title={t(`common:workerState.${worker.state}.explanation`)}
        >
          {t(`common:workerState.${worker.state}.text`)}
        </span>
        <span class="worker-machine" title={t('common:workers.machine', { machine })}>
          {machine}
        </span>
      </div>
      {worker.quarantined !== null && (
        <div class="line small">
          <span class="quarantine-reason" title={worker.quarantined}>
            {worker.quarantined}
          </span>
          {act !== null && (
            <button
              type="button"
              onClick={() => act({ type: 'pardon', worker: worker.id })}
              aria-label={t('common:workers.pardonName', { name: worker.name })}
            >
              {t('common:workers.pardon')}
            </button>
          )}
        </div>
      )}
      {more?.(worker)}
      <div class="bar" aria-hidden="true">
        <div style={{ width: `${most === 0 ? 0 : (100 * worker.share) / most}%` }} />
      </div>
    </li>
  );
}
