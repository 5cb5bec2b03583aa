/** The sample sheets of the run, with a scrubber over them, which charts follow and move. */
import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { formatCount } from '@gantry/shared';
import { chosenIteration, cursor } from '../../dashboard/cursor.ts';
import type { ReportSheet } from '../data.ts';
import { t } from './text.ts';

/** Milliseconds of a sheet while they are played. */
const pace = 250;
/** Sheets on paper, which has no scrubber. */
const printed = 4;

export function Samples({ sheets }: { readonly sheets: readonly ReportSheet[] }) {
  const last = sheets.length - 1;
  const at = sheetAt(sheets, cursor.value);
  const playing = useSignal(false);
  const show = (index: number): void => {
    chosenIteration.value = index >= last ? null : sheets[index].iteration;
  };
  useEffect(() => {
    if (!playing.value) return;
    const timer = window.setInterval(() => {
      const next = sheetAt(sheets, chosenIteration.value) + 1;
      show(next);
      playing.value = next < last;
    }, pace);
    return () => window.clearInterval(timer);
  }, [playing.value]);
  const toggle = (): void => {
    if (!playing.value && at >= last) show(0);
    playing.value = !playing.value;
  };
  const sheet = sheets.at(at);
  return (
    <section class="panel sheet" aria-labelledby="samples-title">
      <div class="panel-head">
        <h2 id="samples-title">{t('report:samples.title')}</h2>
        <p class="quiet screen" aria-live={playing.value ? 'off' : 'polite'}>
          {sheet === undefined
            ? t('report:samples.none')
            : t('report:samples.iteration', { iteration: formatCount(sheet.iteration) })}
        </p>
      </div>
      {sheet !== undefined && (
        <>
          <Picture sheet={sheet} class="screen" />
          <div class="scrubber screen">
            <button type="button" onClick={toggle}>
              {t(playing.value ? 'report:samples.pause' : 'report:samples.play')}
            </button>
            <input
              type="range"
              aria-label={t('report:samples.scrubber')}
              aria-valuetext={t('report:samples.iteration', { iteration: formatCount(sheet.iteration) })}
              min={0}
              max={last}
              value={at}
              onInput={(event) => {
                playing.value = false;
                show(Number(event.currentTarget.value));
              }}
            />
          </div>
          <div class="paper">
            {Array.from({ length: Math.min(printed, sheets.length) }, (_, i) =>
              Math.round((i * last) / Math.max(1, Math.min(printed, sheets.length) - 1)),
            ).map((index) => (
              <figure key={index}>
                <Picture sheet={sheets[index]} />
                <figcaption>
                  {t('report:samples.iteration', { iteration: formatCount(sheets[index].iteration) })}
                </figcaption>
              </figure>
            ))}
          </div>
        </>
      )}
    </section>
  );
}

/** Of the latest sheet that was there at an iteration; null: of the last. */
function sheetAt(sheets: readonly ReportSheet[], iteration: number | null): number {
  if (iteration === null) return sheets.length - 1;
  return Math.max(
    0,
    sheets.findLastIndex((sheet) => sheet.iteration <= iteration),
  );
}

function Picture({ sheet, class: name = '' }: { readonly sheet: ReportSheet; readonly class?: string }) {
  const alt = t('report:samples.image', { iteration: formatCount(sheet.iteration) });
  return <img class={`picture ${name}`} src={sheet.image} alt={alt} />;
}
