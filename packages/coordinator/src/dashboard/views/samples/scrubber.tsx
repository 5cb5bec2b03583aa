/** Goes through the sheets of the whole run: a slider, a play button, arrow keys. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount, sheetUrls } from '@gantry/shared';
import { chosenIteration } from '../../cursor.ts';
import { t } from '../../text.ts';
import { fetchPlane } from './plane-files.ts';
import { choiceAt, placeOf, playInterval, playStride, type SheetIndex } from './sheet-index.ts';

interface Props {
  readonly sheets: SheetIndex;
  /** Whether sheets are planes, which are fetched ahead otherwise than images. */
  readonly planes: boolean;
}

/** Keys and by how much they go on. */
const strides: Readonly<Record<string, number>> = {
  ArrowLeft: -1,
  ArrowRight: 1,
  PageDown: -10,
  PageUp: 10,
  Home: -Infinity,
  End: Infinity,
};

/** Elements that need these keys for themselves. */
const takesArrows = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input:not([type=checkbox]):not(.scrub), select, textarea, [role=slider], .table') !== null;

export function Scrubber({ sheets, planes }: Props) {
  const playing = useSignal(false);
  const place = placeOf(sheets, chosenIteration.value);
  const go = (to: number): void => {
    chosenIteration.value = choiceAt(sheets, Math.min(sheets.length - 1, Math.max(0, to)));
  };
  const play = (): void => {
    if (!playing.value && place === sheets.length - 1) go(0);
    playing.value = !playing.value;
  };

  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || takesArrows(event.target)) return;
      const stride = strides[event.key] as number | undefined;
      if (stride === undefined) return;
      event.preventDefault();
      playing.value = false;
      // Keys may come faster than this is drawn.
      go(placeOf(sheets, chosenIteration.value) + stride);
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  });
  useEffect(() => {
    if (!playing.value) return;
    const stride = playStride(sheets.length);
    const timer = setTimeout(() => {
      go(place + stride);
      if (place + stride >= sheets.length - 1) playing.value = false;
    }, playInterval);
    for (let ahead = 1; ahead <= 4; ahead++) fetchAhead(sheets.at(place + ahead * stride), planes);
    return () => clearTimeout(timer);
  });

  if (sheets.length === 0) return null;
  const iteration = sheets[place];
  const live = chosenIteration.value === null;
  return (
    <div class="scrubber" role="group" aria-label={t('samples:scrubber.label')}>
      <button
        type="button"
        class="play"
        onClick={play}
        aria-label={t(playing.value ? 'samples:scrubber.pause' : 'samples:scrubber.play')}
      >
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d={playing.value ? 'M4 2h3v12H4zM9 2h3v12H9z' : 'M4 2 14 8 4 14z'} />
        </svg>
      </button>
      <input
        class="scrub"
        type="range"
        min={0}
        max={Math.max(0, sheets.length - 1)}
        step={1}
        value={place}
        aria-label={t('samples:scrubber.slider')}
        aria-valuetext={t('samples:iteration', { iteration: formatCount(iteration) })}
        onInput={(event) => {
          playing.value = false;
          go(event.currentTarget.valueAsNumber);
        }}
      />
      <output class="at">{t('samples:iteration', { iteration: formatCount(iteration) })}</output>
      <button
        type="button"
        class="live"
        aria-pressed={live}
        onClick={() => go(Infinity)}
        title={t('samples:scrubber.liveMeaning')}
      >
        {t('samples:scrubber.live')}
      </button>
    </div>
  );
}

function fetchAhead(iteration: number | undefined, planes: boolean): void {
  if (iteration === undefined) return;
  if (planes) void fetchPlane(iteration);
  else new Image().src = sheetUrls(iteration).image;
}
