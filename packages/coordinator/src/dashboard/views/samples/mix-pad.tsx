/** A pad with a handle between corners: dragged, or moved by arrow keys. */
import type { ComponentChildren, TargetedKeyboardEvent, TargetedPointerEvent } from 'preact';
import type { ReadonlySignal } from '@preact/signals';
import { formatPercent } from '@gantry/shared';
import { t } from '../../text.ts';
import { weightsAt, type Spot } from './mixing.ts';
import { cornerName } from './plane-layers.ts';

interface Props {
  /** Corners: two make a line, three and four a square. */
  readonly count: number;
  /** Where the handle is. */
  readonly spot: ReadonlySignal<Spot>;
  readonly moved: (to: Spot) => void;
  /** What lies under the handle. */
  readonly children: ComponentChildren;
}

/** Of the pad's side, for one press of a key. */
const step = 0.05;
const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-step, 0],
  ArrowRight: [step, 0],
  ArrowUp: [0, -step],
  ArrowDown: [0, step],
};

const within = (x: number): number => Math.min(1, Math.max(0, x));

export function MixPad({ count, spot, moved, children }: Props) {
  const { x: across, y: down } = spot.value;
  const line = count === 2;
  const to = (x: number, y: number): void => moved({ x: within(x), y: line ? 0.5 : within(y) });
  const drag = (event: TargetedPointerEvent<HTMLDivElement>): void => {
    const box = event.currentTarget.getBoundingClientRect();
    to((event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height);
  };
  const press = (event: TargetedKeyboardEvent<HTMLElement>): void => {
    const by = steps[event.key] as readonly [number, number] | undefined;
    if (by === undefined) return;
    event.preventDefault();
    // Keys may come faster than this is drawn.
    to(spot.value.x + by[0], spot.value.y + by[1]);
  };
  return (
    <div
      class={line ? 'pad line' : 'pad'}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag(event);
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId)) drag(event);
      }}
    >
      {children}
      {Array.from({ length: count }, (_, i) => (
        <span key={i} class={`corner-name of${count} at${i}`} aria-hidden="true">
          {cornerName(i)}
        </span>
      ))}
      <span
        class="handle"
        style={{ left: `${100 * across}%`, top: `${100 * (line ? 0.5 : down)}%` }}
        role="slider"
        tabIndex={0}
        aria-label={t('samples:mix.handle')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(100 * across)}
        aria-valuetext={weightsAt(count, spot.value)
          .map((weight, i) => `${cornerName(i)} ${formatPercent(weight)}`)
          .join(', ')}
        onKeyDown={press}
      />
    </div>
  );
}
