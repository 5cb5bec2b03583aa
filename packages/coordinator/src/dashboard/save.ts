/** Saving a file that needs the presenter's token, which no address may hold: fetched with a header, then given to the browser. */
import type { Download } from '@gantry/shared';
import { t } from './text.ts';

/** @returns null, or why it could not be saved */
export async function save(file: Download, token: string): Promise<string | null> {
  try {
    const response = await fetch(`/present/download/${file}`, {
      headers: { authorization: `Bearer ${token}` },
    });
    if (!response.ok) return reasonIn(await response.text());
    giveToBrowser(file, await response.blob());
    return null;
  } catch {
    return t('share:unreachable');
  }
}

/** Errors come with a sentence for people. */
function reasonIn(body: string): string {
  try {
    return String((JSON.parse(body) as { readonly message: unknown }).message);
  } catch {
    return t('share:unreachable');
  }
}

function giveToBrowser(file: Download, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = file;
  link.click();
  // The browser has begun by then.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
