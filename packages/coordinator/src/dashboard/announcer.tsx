import { useSignal, useSignalEffect } from '@preact/signals';
import { useRef } from 'preact/hooks';
import type { PresenterProgress } from '@gantry/shared';
import { announcement } from './announcement.ts';
import type { Presenter } from './presenter.ts';

/** Read out, and not seen. */
export function Announcer({ presenter }: { readonly presenter: Presenter }) {
  const text = useSignal('');
  const before = useRef<PresenterProgress | null>(null);
  useSignalEffect(() => {
    const { progress, stepsPerSecond } = presenter.view.value;
    if (progress === null) return;
    const news = before.current === null ? '' : announcement(before.current, progress, stepsPerSecond);
    before.current = progress;
    if (news !== '') text.value = news;
  });
  return (
    <p class="unseen" role="status">
      {text.value}
    </p>
  );
}
