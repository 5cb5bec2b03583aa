/** One sheet of paper that says how to take part. It is there only where the page is printed. */
import type { PresenterHello } from '@gantry/shared';
import { t } from '../../text.ts';
import { shortUrl } from './join.tsx';
import { QrCode } from './qr-code.tsx';

export function JoinSheet({ hello }: { readonly hello: PresenterHello }) {
  const { joinUrls, joinCode, joinQr } = hello;
  if (joinUrls.length === 0) return null;
  return (
    <section class="join-sheet" aria-hidden="true">
      <p class="sheet-title">{t('lobby:sheet.title')}</p>
      <ol>
        <li>
          {t('lobby:sheet.open')}
          <QrCode rows={joinQr} label={t('lobby:qr', { address: joinUrls[0] })} />
          {joinUrls.map((url) => (
            <p class="sheet-address" key={url}>
              {shortUrl(url)}
            </p>
          ))}
        </li>
        {joinCode !== null && (
          <li>
            {t('lobby:sheet.code')}
            <p class="sheet-code">{joinCode}</p>
          </li>
        )}
        <li>{t('lobby:sheet.stay')}</li>
      </ol>
    </section>
  );
}
