/** The one big state, and what can be done about it. */
import type { Tab } from './tab.ts';

export function StateView({ tab }: { readonly tab: Tab }) {
  const { title, text, tone } = tab.words.value;
  return (
    <section class={`card state ${tone}`} aria-label="State of this worker">
      <div aria-live="polite" aria-atomic="true">
        <h2>
          <span class="lamp" aria-hidden="true" />
          {title}
        </h2>
        <p>{text}</p>
      </div>
      <div class="buttons">
        <Buttons tab={tab} />
      </div>
    </section>
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
          {tab.status.value.detail?.code === 'REPLACED' ? 'Join as another worker' : 'Try again'}
        </button>
      );
    case 'quarantined':
      return (
        <button type="button" onClick={tab.leave}>
          Leave
        </button>
      );
    case 'left':
      return (
        <button type="button" class="primary" onClick={tab.joinAgain}>
          Join again
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
              Continue
            </button>
          ) : (
            <button type="button" onClick={tab.pause}>
              Pause
            </button>
          )}
          <button type="button" onClick={tab.leave}>
            Leave
          </button>
        </>
      );
  }
}
