/** How to take part: address, code and QR code. Readable from the last row once enlarged. */
import { useRef } from 'preact/hooks';
import type { PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import { QrCode } from './qr-code.tsx';

export function Join({ hello, large }: { readonly hello: PresenterHello; readonly large: boolean }) {
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <section class={`panel join ${large ? 'large' : ''}`} aria-labelledby="join-title">
        <div class="panel-head">
          <h2 id="join-title">{t('lobby:title')}</h2>
          {large ? (
            <button type="button" onClick={() => window.print()}>
              {t('lobby:print')}
            </button>
          ) : (
            <button type="button" onClick={() => dialog.current?.showModal()}>
              {t('lobby:enlarge')}
            </button>
          )}
        </div>
        <HowToJoin hello={hello} />
      </section>
      <dialog ref={dialog} class="large" aria-label={t('lobby:how')} onClick={() => dialog.current?.close()}>
        <HowToJoin hello={hello} />
        <button type="button" autofocus>
          {t('common:close')}
        </button>
      </dialog>
    </>
  );
}

function HowToJoin({ hello }: { readonly hello: PresenterHello }) {
  const { joinUrls, joinCode, joinQr } = hello;
  const others = joinUrls.slice(1);
  return (
    <div class="how">
      {joinQr.length > 0 && <QrCode rows={joinQr} label={t('lobby:qr', { address: joinUrls[0] ?? '' })} />}
      <div class="how-text">
        <Address url={joinUrls[0]} />
        {joinCode !== null && (
          <p class="join-code">
            <span class="quiet">{t('lobby:code')}</span> <strong>{joinCode}</strong>
          </p>
        )}
        {others.length > 0 && (
          <p class="others quiet">
            {t('lobby:or', { addresses: others.map(shortUrl).join(t('lobby:orBetween')) })}
          </p>
        )}
      </div>
    </div>
  );
}

/** As one types it; on one line, as large as fits (styles.css reads --characters). */
function Address({ url }: { readonly url: string | undefined }) {
  if (url === undefined) return <p>{t('lobby:noAddress')}</p>;
  const text = shortUrl(url);
  return (
    <p class="address" style={{ '--characters': text.length }}>
      {text}
    </p>
  );
}

export const shortUrl = (url: string): string => url.replace(/\/$/, '');
