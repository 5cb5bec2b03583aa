/** What has become of the picture that was asked for, in a sentence. */
import { formatCount } from '@gantry/shared';
import type { RunView } from '../../run-view.ts';
import { t } from '../../text.ts';
import type { AskState } from './asker.ts';
import { atHandle, lattice, ofClass } from './state.ts';

/** Connected, and not kept from drawing. */
const drawers = ['working', 'waiting', 'draws', 'late', 'hidden'];

export function AskStatus({
  view: { progress },
  state,
}: {
  readonly view: RunView;
  readonly state: AskState;
}) {
  const somebody = progress?.workers.some((worker) => drawers.includes(worker.state)) ?? false;
  return (
    <p class="ask-status quiet" role="status">
      {sentence(somebody, progress?.status === 'finished', state)}
    </p>
  );
}

function sentence(somebody: boolean, finished: boolean, state: AskState): string {
  if (!somebody) return t(finished ? 'samples:ask.allLeft' : 'samples:ask.nobody');
  if (state === 'late' || state === 'failed') return t(`samples:ask.${state}`);
  const iterations = [lattice, atHandle, ofClass].flatMap((drawn) => drawn.value?.drawn.iteration ?? []);
  if (iterations.length === 0) return '';
  return t('samples:ask.drawn', { iteration: formatCount(Math.max(...iterations)) });
}
