import type { Signal } from '@preact/signals';
import { t } from './text.ts';

/** Shows as a table what is drawn, and back: what is drawn tells a screen reader nothing. */
export function TableButton({
  asTable,
  disabled = false,
}: {
  readonly asTable: Signal<boolean>;
  readonly disabled?: boolean;
}) {
  return (
    <button
      type="button"
      class="link"
      aria-pressed={asTable.value}
      disabled={disabled}
      onClick={() => (asTable.value = !asTable.value)}
    >
      {t('common:table')}
    </button>
  );
}
