/**
 * Keys that act as buttons do, wherever the focus is, but where keys are text. They can be switched off: whoever speaks to
 * their machine, or hits keys by chance, would act without meaning to.
 */
import { useEffect, useRef } from 'preact/hooks';
import { signal, type ReadonlySignal } from '@preact/signals';
import { browserMemory } from '@gantry/shared/page';

const memoryKey = 'gantry-shortcuts';
const off = 'off';
const on = signal(browserMemory.read(memoryKey) !== off);

/** Whether they act, in this browser. */
export const shortcutsOn: ReadonlySignal<boolean> = on;

export function switchShortcuts(wanted: boolean): void {
  on.value = wanted;
  if (wanted) browserMemory.forget(memoryKey);
  else browserMemory.write(memoryKey, off);
}

/** Whether keys are text there: a letter typed into a field acts on nothing. */
export const takesText = (target: EventTarget | null): boolean =>
  target instanceof HTMLElement &&
  target.closest('input:not([type=range], [type=checkbox]), select, textarea') !== null;

/** @param act - told a key without Ctrl, Alt or Meta, in lower case */
export function useShortcuts(act: (key: string) => void): void {
  // What was drawn last counts, from that moment on: an effect would come later than the next key.
  const latest = useRef(act);
  latest.current = act;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || takesText(event.target)) return;
      if (on.value) latest.current(event.key.toLowerCase());
    };
    window.addEventListener('keydown', pressed);
    return () => window.removeEventListener('keydown', pressed);
  }, []);
}
