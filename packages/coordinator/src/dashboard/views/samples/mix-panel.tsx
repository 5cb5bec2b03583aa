/** Between samples: two to four of the sheet are corners, and whoever drags the handle sees what lies between them. */
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { formatCount, type PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import type { Asker } from './asker.ts';
import { latticeOf, latticeSpots, mixAt } from './mixing.ts';
import { MixPad } from './mix-pad.tsx';
import { cornerName } from './plane-layers.ts';
import { atHandle, corners, lattice, spot } from './state.ts';
import { Tiles } from './tiles.tsx';

interface Props {
  readonly hello: PresenterHello;
  readonly asker: Asker;
  /** Of the newest sheet, which pictures are drawn by. */
  readonly newest: number;
  /** Whether anybody draws. */
  readonly children: ComponentChildren;
}

const numbersOf = ({ exampleShape }: PresenterHello): number =>
  exampleShape.reduce((product, side) => product * side, 1);

function askForLattice(asker: Asker, hello: PresenterHello): void {
  const places = corners.value;
  const size = latticeOf(places.length, numbersOf(hello));
  if (size === null) return;
  const samples = latticeSpots(size).map((each) => mixAt(places, each));
  asker.ask('lattice', { samples, class: null }, (answer) => (lattice.value = answer));
}

function askAtHandle(asker: Asker): void {
  const samples = [mixAt(corners.value, spot.value)];
  asker.ask('handle', { samples, class: null }, (answer) => (atHandle.value = answer));
}

export function MixPanel({ hello, asker, newest, children }: Props) {
  const places = corners.value;
  useEffect(() => {
    lattice.value = null;
    atHandle.value = null;
  }, [places]);
  // Of the generator of each sheet, or what lies between would not lie between the corners that are seen.
  useEffect(() => {
    if (places.length < 2) return;
    askForLattice(asker, hello);
    askAtHandle(asker);
  }, [places, newest, asker, hello]);
  const move = (to: typeof spot.value): void => {
    spot.value = to;
    askAtHandle(asker);
  };
  const size = latticeOf(places.length, numbersOf(hello));
  const drawn = lattice.value?.drawn;
  const handle = atHandle.value?.drawn;
  return (
    <section class="mix" aria-labelledby="mix-title">
      <h2 id="mix-title">{t('samples:mix.title')}</h2>
      <p class="quiet">{t('samples:mix.how')}</p>
      {children}
      <Corners hello={hello} />
      {places.length >= 2 && (
        <div class={hello.exampleShape.length === 1 ? 'mixing of-points' : 'mixing'}>
          <MixPad count={places.length} spot={spot} moved={move}>
            {drawn?.pixels !== undefined && size !== null && (
              <Tiles
                pixels={drawn.pixels}
                shape={hello.exampleShape}
                columns={size[0]}
                label={t('samples:mix.between')}
              />
            )}
          </MixPad>
          {handle?.pixels !== undefined && (
            <Tiles
              pixels={handle.pixels}
              shape={hello.exampleShape}
              columns={1}
              label={t('samples:mix.atHandle')}
            />
          )}
        </div>
      )}
    </section>
  );
}

/** The corners by number, for those who do not click into the sheet. */
function Corners({ hello }: { readonly hello: PresenterHello }) {
  const places = corners.value;
  const change = (index: number, place: number): void => {
    if (!Number.isInteger(place) || place < 0 || place >= hello.samples || places.includes(place)) return;
    corners.value = places.map((each, i) => (i === index ? place : each));
  };
  const add = (): void => {
    const free = Array.from({ length: 5 }, (_, place) => place).find((place) => !places.includes(place));
    if (free !== undefined) corners.value = [...places, free];
  };
  return (
    <div class="corners">
      {places.map((place, i) => (
        <label key={place}>
          {cornerName(i)}{' '}
          <input
            type="number"
            min={1}
            max={hello.samples}
            value={place + 1}
            aria-label={t('samples:mix.corner', { corner: cornerName(i) })}
            onChange={(event) => change(i, event.currentTarget.valueAsNumber - 1)}
          />
        </label>
      ))}
      {places.length < 4 && (
        <button type="button" onClick={add}>
          {t('samples:mix.add')}
        </button>
      )}
      {places.length > 0 && (
        <button type="button" onClick={() => (corners.value = [])}>
          {t('samples:mix.clear')}
        </button>
      )}
      <span class="unseen">{t('samples:mix.of', { samples: formatCount(hello.samples) })}</span>
    </div>
  );
}
