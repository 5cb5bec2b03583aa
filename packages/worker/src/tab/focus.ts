/** Where the keyboard is, when what it was on goes. */
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import type { RefObject } from 'preact';

/** Puts the focus on an element that has just come. Browsers heed `autofocus` once a page only. */
export function useFocusAtFirst<E extends HTMLElement>(): RefObject<E | null> {
  const element = useRef<E>(null);
  useEffect(() => element.current?.focus(), []);
  return element;
}

/** Keeps the focus on the buttons of a group where the one it was on gives way to another. */
export function useFocusKept<E extends HTMLElement>(): RefObject<E | null> {
  const group = useRef<E>(null);
  // Asked while the elements from before are still there.
  const inside = group.current?.contains(document.activeElement) === true;
  useLayoutEffect(() => {
    if (inside && document.activeElement === document.body) group.current?.querySelector('button')?.focus();
  });
  return group;
}
