/** Keys that act as buttons do, wherever the focus is, but where keys are text. */
import { useEffect } from 'preact/hooks';

/** Whether keys are text there: a letter typed into a field acts on nothing. */
export const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement && target.closest('input:not([type=range]), select, textarea') !== null;

/** @param act - told a key without Ctrl, Alt or Meta, in lower case */
export function useShortcuts(act: (key: string) => void): void {
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || takesText(event.target)) return;
      act(event.key.toLowerCase());
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, [act]);
}
