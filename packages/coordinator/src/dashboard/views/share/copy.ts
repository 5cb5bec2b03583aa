/**
 * Copies what a field holds. Over plain http browsers have no Clipboard API: the older command copies what is selected, and
 * where that is gone too, it stays selected for whoever presses the keys.
 *
 * @returns whether it was copied
 */
export function copyField(field: HTMLInputElement): boolean {
  field.focus();
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  }
}
