/** Asks for the join code, when the coordinator asks for one. */
import { useSignal } from '@preact/signals';
import { errorRegistry, limits } from '@gantry/shared';
import type { Tab } from './tab.ts';

export function JoinForm({ tab }: { readonly tab: Tab }) {
  const code = useSignal(tab.code.value);
  const name = useSignal(tab.name.value);
  // Without a code the first try was only to find out whether one is needed.
  const wrong = tab.code.value !== '';
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    tab.join(code.value, name.value);
  };
  return (
    <form class="card join" onSubmit={submit}>
      <h2>Join the run</h2>
      <p class="quiet">This machine will help to train a neural network. It needs only this page.</p>
      <label for="code">Join code</label>
      <input
        id="code"
        class="code"
        value={code.value}
        onInput={(event) => (code.value = event.currentTarget.value)}
        required
        autofocus
        maxLength={16}
        autocomplete="off"
        autocapitalize="characters"
        spellcheck={false}
        aria-invalid={wrong}
        aria-describedby={wrong ? 'code-wrong' : 'code-help'}
      />
      {wrong ? (
        <p id="code-wrong" class="wrong" role="alert">
          {errorRegistry.JOIN_CODE_WRONG.message()}
        </p>
      ) : (
        <p id="code-help" class="quiet small">
          It is on the screen of whoever runs the class.
        </p>
      )}
      <label for="name">
        Your name on that screen <span class="quiet">(optional)</span>
      </label>
      <input
        id="name"
        value={name.value}
        onInput={(event) => (name.value = event.currentTarget.value)}
        maxLength={limits.name}
        autocomplete="nickname"
      />
      <button type="submit" class="primary">
        Join
      </button>
    </form>
  );
}
