/** The iteration that is looked at: one for all charts and the scrubber of sample sheets. */
import { computed, signal } from '@preact/signals';

/** Chosen, by the scrubber or by a click into a chart: stays until it is let go. Iterations done; null: the newest. */
export const chosenIteration = signal<number | null>(null);

/** Under the pointer, in any chart: goes with it. Iterations done; null: nowhere. */
export const pointedIteration = signal<number | null>(null);

/** What charts mark and sheets show; null: nothing is marked, and the newest is shown. */
export const cursor = computed(() => pointedIteration.value ?? chosenIteration.value);
