/** A button with a key of its own, which it shows. */
import type { ComponentChildren } from 'preact';
import { shortcutsOn } from './shortcuts.ts';

interface ActionButtonProps {
  /** A letter; none where the button has no key. */
  readonly shortcut?: string;
  readonly onClick: () => void;
  readonly primary?: boolean;
  readonly pressed?: boolean | undefined;
  readonly disabled?: boolean;
  readonly label?: string;
  readonly describedBy?: string;
  readonly children: ComponentChildren;
}

export function ActionButton({
  shortcut,
  onClick,
  primary = false,
  pressed,
  disabled = false,
  label,
  describedBy,
  children,
}: ActionButtonProps) {
  const key = shortcutsOn.value ? shortcut : undefined;
  return (
    <button
      type="button"
      class={`action ${primary ? 'primary' : ''}`}
      onClick={onClick}
      disabled={disabled}
      aria-pressed={pressed}
      aria-label={label}
      aria-describedby={describedBy}
      aria-keyshortcuts={key}
    >
      {children}
      {key !== undefined && <kbd aria-hidden="true">{key.toUpperCase()}</kbd>}
    </button>
  );
}
