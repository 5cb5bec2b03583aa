/** How the charts are looked at: for all of them at once. */
import { formatCount } from '@gantry/shared';
import { chosenIteration, cursor } from '../../cursor.ts';
import { t } from '../../text.ts';
import { look, setLook } from './look.ts';

/** @param last - the last iteration that there is something of */
export function Controls({ last }: { readonly last: number }) {
  const { smoothing, logX, logY, zoom } = look.value;
  const pointed = cursor.value;
  return (
    <form class="curve-controls" onSubmit={(event) => event.preventDefault()}>
      <label class="scrub">
        {t('curves:lookAt')}
        <input
          type="range"
          min={0}
          max={Math.max(1, last)}
          step={1}
          value={pointed ?? last}
          aria-valuetext={pointed === null ? t('curves:latest') : formatCount(pointed)}
          onInput={(event) => {
            const iteration = Number(event.currentTarget.value);
            chosenIteration.value = iteration >= last ? null : iteration;
          }}
        />
        <output>{pointed === null ? t('curves:latest') : formatCount(pointed)}</output>
      </label>
      <label>
        {t('curves:smoothing')}
        <input
          type="range"
          min={0}
          max={1}
          step={0.05}
          value={smoothing}
          onInput={(event) => setLook({ smoothing: Number(event.currentTarget.value) })}
        />
      </label>
      <label>
        <input type="checkbox" checked={logX} onChange={() => setLook({ logX: !logX, zoom: null })} />
        {t('curves:logX')}
      </label>
      <label>
        <input type="checkbox" checked={logY} onChange={() => setLook({ logY: !logY })} />
        {t('curves:logY')}
      </label>
      {zoom === null ? (
        <span class="quiet hint">{t('curves:zoomHint')}</span>
      ) : (
        <button type="button" onClick={() => setLook({ zoom: null })}>
          {t('curves:zoomReset', {
            from: formatCount(Math.max(0, zoom[0])),
            to: formatCount(zoom[1]),
          })}
        </button>
      )}
    </form>
  );
}
