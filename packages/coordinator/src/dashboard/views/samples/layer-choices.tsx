/** Which layers of the plane are shown; the legend of each beside its switch. */
import type { PlaneFile, PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import { heatColour, heatScale } from './heat.ts';
import { usePlane } from './plane-files.ts';
import { layerNames, type LayerName } from './plane-layers.ts';
import { layers } from './state.ts';

export function LayerChoices({
  hello,
  iteration,
}: {
  readonly hello: PresenterHello;
  readonly iteration: number;
}) {
  const plane = usePlane(iteration);
  const shown = layers.value;
  return (
    <fieldset class="layers">
      <legend>{t('samples:layers.title')}</legend>
      {layerNames.map((name) => (
        <div key={name} class="layer">
          <label title={t(`samples:layers.${name}Meaning`)}>
            <input
              type="checkbox"
              checked={shown[name]}
              onChange={(event) => (layers.value = { ...shown, [name]: event.currentTarget.checked })}
            />
            <Swatch name={name} />
            {t(`samples:layers.${name}`)}
          </label>
          {name === 'heatMap' && shown.heatMap && plane !== null && (
            <HeatLegend hello={hello} plane={plane} />
          )}
        </div>
      ))}
    </fieldset>
  );
}

/** The same marks as in the picture. */
function Swatch({ name }: { readonly name: LayerName }) {
  if (name === 'heatMap') {
    return (
      <svg class="swatch" viewBox="0 0 20 20" aria-hidden="true">
        <rect width="20" height="20" rx="3" fill={rgb(0.9)} />
        <rect width="10" height="20" rx="3" fill={rgb(-0.9)} />
      </svg>
    );
  }
  return (
    <svg class={`swatch ${name}`} viewBox="0 0 20 20" aria-hidden="true">
      <path d={marks[name]} />
    </svg>
  );
}

const marks: Readonly<Record<Exclude<LayerName, 'heatMap'>, string>> = {
  real: 'M10 3a7 7 0 1 0 0 14a7 7 0 1 0 0-14z',
  generated: 'M10 7a3 3 0 1 0 0 6a3 3 0 1 0 0-6z',
  manifold: 'M3 3V17M10 3V17M17 3V17M3 3H17M3 10H17M3 17H17',
  gradients: 'M3 10H15M11 6 16 10 11 14',
};

const rgb = (place: number): string => `rgb(${heatColour(place).join(' ')})`;

/** Colours from surely generated to surely real, and the scores that they stand for. */
function HeatLegend({ hello, plane }: { readonly hello: PresenterHello; readonly plane: PlaneFile }) {
  const { ends, probability } = heatScale(hello.loss, plane.heatMap);
  const label = (value: number): string => (probability ? `${100 * value}%` : value.toPrecision(2));
  const steps = Array.from({ length: 21 }, (_, i) => i / 10 - 1);
  return (
    <div class="heat-legend">
      <svg viewBox="0 0 21 1" preserveAspectRatio="none" aria-hidden="true">
        {steps.map((place, i) => (
          <rect key={place} x={i} width="1.05" height="1" fill={rgb(place)} />
        ))}
      </svg>
      <p>
        <span>
          {label(ends[0])} {t('samples:layers.generatedEnd')}
        </span>
        <span>{label(ends[1])}</span>
        <span>
          {t('samples:layers.realEnd')} {label(ends[2])}
        </span>
      </p>
      <p class="quiet">{t(probability ? 'samples:layers.probability' : 'samples:layers.critic')}</p>
    </div>
  );
}
