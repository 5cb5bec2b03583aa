/**
 * The iteration that somebody looks at: charts, heat maps and the scrubber of sheets show it together, and each can move it.
 * null: the latest.
 */
import { signal } from '@preact/signals';

export const pointedIteration = signal<number | null>(null);
