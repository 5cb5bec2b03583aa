/** Draws samples of a chosen class, for generators that know classes. */
import { useSignal } from '@preact/signals';
import { mostPictureNumbers, type PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import type { Asker } from './asker.ts';
import { ofClass } from './state.ts';
import { Tiles } from './tiles.tsx';

/** Samples a picture, where so many fit. */
const wanted = 16;

export function ClassPanel({ hello, asker }: { readonly hello: PresenterHello; readonly asker: Asker }) {
  const chosen = useSignal(ofClass.value?.picture.class ?? null);
  const draw = (label: number): void => {
    chosen.value = label;
    const numbers = hello.exampleShape.reduce((product, side) => product * side, 1);
    const count = Math.max(1, Math.min(wanted, hello.samples, Math.floor(mostPictureNumbers / numbers)));
    const samples = Array.from({ length: count }, (_, place) => ({ places: [place], weights: [1] }));
    asker.ask('class', { samples, class: label }, (answer) => (ofClass.value = answer));
  };
  const drawn = ofClass.value;
  return (
    <section class="of-class" aria-labelledby="class-title">
      <h2 id="class-title">{t('samples:class.title')}</h2>
      <div class="classes">
        {hello.classes.map((name, label) => (
          <button key={name} type="button" aria-pressed={chosen.value === label} onClick={() => draw(label)}>
            {name}
          </button>
        ))}
      </div>
      {drawn?.drawn.pixels !== undefined && (
        <Tiles
          pixels={drawn.drawn.pixels}
          shape={hello.exampleShape}
          columns={Math.ceil(Math.sqrt(drawn.picture.samples.length))}
          label={t('samples:class.drawn', { name: hello.classes[drawn.picture.class ?? 0] })}
        />
      )}
    </section>
  );
}
