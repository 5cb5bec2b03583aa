/** What can be done about who is there: names reach a projector, and some should not be there at all. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { cleanName, limits, workerName, type WorkerView } from '@gantry/shared';
import type { Presenter } from '../../presenter.ts';
import { t } from '../../text.ts';

export function Manage({ worker, act }: { readonly worker: WorkerView } & Pick<Presenter, 'act'>) {
  const [doing, setDoing] = useState<'rename' | 'remove' | null>(null);
  const first = useRef<HTMLInputElement & HTMLButtonElement>(null);
  const usual = useRef<HTMLButtonElement>(null);
  const before = useRef(doing);
  // The focus goes where the keyboard is needed, and back.
  useEffect(() => {
    if (doing !== null) first.current?.focus();
    else if (before.current !== null) usual.current?.focus();
    if (doing === 'rename') first.current?.select();
    before.current = doing;
  }, [doing]);
  const { id, name } = worker;
  const done = (): void => setDoing(null);
  if (doing === 'rename') {
    return (
      <form
        class="line manage"
        onSubmit={(event) => {
          event.preventDefault();
          const typed = workerName.safeParse(cleanName(first.current?.value ?? ''));
          if (typed.success) act({ type: 'rename', worker: id, name: typed.data });
          done();
        }}
        onKeyDown={({ key }) => key === 'Escape' && done()}
      >
        <input
          aria-label={t('lobby:manage.newName', { name })}
          defaultValue={name}
          maxLength={limits.name}
          ref={first}
        />
        <button type="submit">{t('lobby:manage.save')}</button>
        <button type="button" onClick={done}>
          {t('lobby:manage.cancel')}
        </button>
      </form>
    );
  }
  if (doing === 'remove') {
    return (
      <div class="line manage" role="group" aria-label={t('lobby:manage.sure', { name })}>
        <button
          type="button"
          ref={first}
          onClick={() => {
            act({ type: 'remove', worker: id });
            done();
          }}
        >
          {t('lobby:manage.sure', { name })}
        </button>
        <button type="button" onClick={done}>
          {t('lobby:manage.cancel')}
        </button>
      </div>
    );
  }
  return (
    <div class="line manage">
      <button
        type="button"
        ref={usual}
        aria-label={t('lobby:manage.renameName', { name })}
        onClick={() => setDoing('rename')}
      >
        {t('lobby:manage.rename')}
      </button>
      <button
        type="button"
        aria-label={t('lobby:manage.removeName', { name })}
        onClick={() => setDoing('remove')}
      >
        {t('lobby:manage.remove')}
      </button>
    </div>
  );
}
