/** What the view of samples is set to; kept while other views are shown. */
import { signal } from '@preact/signals';
import type { Answer } from './asker.ts';
import type { Spot } from './mixing.ts';
import type { Layers } from './plane-layers.ts';

export const layers = signal<Layers>({
  heatMap: true,
  real: true,
  manifold: false,
  generated: true,
  gradients: false,
});

/** Places in the sheet between whose latents pictures are drawn: none, or up to four. */
export const corners = signal<readonly number[]>([]);
/** The latest picture of a chosen class. */
export const ofClass = signal<Answer | null>(null);

/** Where the handle between them is. */
export const spot = signal<Spot>({ x: 0.5, y: 0.5 });
/** All that lies between the corners, as it was drawn last; and what is at the handle. */
export const lattice = signal<Answer | null>(null);
export const atHandle = signal<Answer | null>(null);

/** Adds a place to the corners, or takes it away; beyond four the oldest goes. */
export function toggleCorner(place: number): void {
  const before = corners.value;
  corners.value = before.includes(place)
    ? before.filter((each) => each !== place)
    : [...before, place].slice(-4);
}
