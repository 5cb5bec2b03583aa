/** The one big state, and what can be done about it. */
import { useRef } from 'preact/hooks';
import { Identity } from '@gantry/shared/page';
import { formatCount } from '@gantry/shared';
import { useFocusKept } from './focus.ts';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function StateView({ tab }: { readonly tab: Tab }) {
  const { title, text, values, tone, said } = tab.words.value;
  const { worker } = tab.status.value;
  const buttons = useFocusKept<HTMLDivElement>();
  return (
    <section class={`card state ${tone}`} aria-label={t('state:label')}>
      <div class="state-title">
        <h2>
          <span class="lamp" aria-hidden="true" />
          {t(title, values)}
        </h2>
        {worker !== null && (
          <span class="badge">
            <Identity worker={worker} />
          </span>
        )}
      </div>
      {said?.instead !== true && <p>{t(text, values)}</p>}
      {said !== null && (
        <p class={said.instead ? '' : 'small'} lang="en">
          {said.sentence}
        </p>
      )}
      {tab.shown.value === 'working' && <Task tab={tab} />}
      <div class="buttons" ref={buttons}>
        <Buttons tab={tab} />
      </div>
    </section>
  );
}

/** What it computes right now. */
function Task({ tab }: { readonly tab: Tab }) {
  const { state, task, load } = tab.status.value;
  if (task === null && state !== 'sampling') return null;
  const slowed = load < 1 ? ` · ${t('machine:loadValue', { percent: Math.round(100 * load) })}` : '';
  return (
    <p class="task small">
      {state === 'sampling' || task === null
        ? t('state:task.sampling')
        : t(`state:task.${task.phase}`, { step: formatCount(task.step + 1), count: task.blocks })}
      {slowed}
    </p>
  );
}

/**
 * Says to screen readers what has become of this worker, in a few words: not each lease, nor waits that end with the step.
 */
export function Announcer({ tab }: { readonly tab: Tab }) {
  const latest = useRef(tab.words.value);
  const now = tab.words.value;
  if (!now.passing) latest.current = now;
  const { title, text, values, said } = latest.current;
  return (
    <p class="unseen" role="status">
      {t(title, values)}. {said?.instead ? said.sentence : t(text, values)}
    </p>
  );
}

function Buttons({ tab }: { readonly tab: Tab }) {
  switch (tab.shown.value) {
    case 'connecting':
    case 'finished':
      return null;
    case 'refused':
    case 'unable':
      return (
        <button type="button" class="primary" onClick={tab.joinAgain}>
          {t(tab.status.value.detail?.code === 'REPLACED' ? 'state:another' : 'state:retry')}
        </button>
      );
    case 'quarantined':
    case 'staying':
      return <Leave tab={tab} />;
    case 'left':
      return (
        <button type="button" class="primary" onClick={tab.joinAgain}>
          {t('state:again')}
        </button>
      );
    case 'testing':
    case 'working':
    case 'waiting':
    case 'hidden':
    case 'paused':
      return (
        <>
          {tab.paused.value ? (
            <button type="button" class="primary" onClick={tab.resume}>
              {t('state:resume')}
            </button>
          ) : (
            <button type="button" onClick={tab.pause}>
              {t('state:pause')}
            </button>
          )}
          <Leave tab={tab} />
        </>
      );
  }
}

const Leave = ({ tab }: { readonly tab: Tab }) => (
  <button type="button" onClick={tab.leave}>
    {t('state:leave')}
  </button>
);
