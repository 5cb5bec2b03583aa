/** What can be saved: each file with what it is for, and how its saving goes. */
import { useSignal } from '@preact/signals';
import type { Download } from '@gantry/shared';
import type { Presenter } from '../../presenter.ts';
import { t, type TextKey } from '../../text.ts';

/** In the order in which they are shown; each with its texts. */
const files: readonly (readonly [file: Download, name: TextKey, what: TextKey])[] = [
  ['report.html', 'share:report.name', 'share:report.what'],
  ['generator-tfjs.zip', 'share:generator.tfjs.name', 'share:generator.tfjs.what'],
  ['generator.safetensors', 'share:generator.safetensors.name', 'share:generator.safetensors.what'],
  ['samples.zip', 'share:samples.name', 'share:samples.what'],
  ['curves.csv', 'share:curves.name', 'share:curves.what'],
  ['config.json', 'share:config.name', 'share:config.what'],
];

export function Files({ presenter }: { readonly presenter: Presenter }) {
  const said = useSignal('');
  const busy = useSignal<Download | null>(null);
  const save = async (file: Download): Promise<void> => {
    busy.value = file;
    said.value = t('share:saving', { file });
    const reason = await presenter.save(file);
    said.value = reason === null ? t('share:saved', { file }) : t('share:failed', { file, reason });
    busy.value = null;
  };
  return (
    <section class="panel share-files" aria-labelledby="files-title">
      <div class="panel-head">
        <h2 id="files-title">{t('share:files')}</h2>
        <p class="quiet" role="status">
          {said.value}
        </p>
      </div>
      <ul>
        {files.map(([file, name, what]) => (
          <li key={file}>
            <div>
              <strong>{t(name)}</strong> <span class="quiet">{file}</span>
              <p class="quiet">{t(what)}</p>
            </div>
            <button
              type="button"
              aria-label={t('share:saveOf', { file })}
              disabled={busy.value !== null}
              onClick={() => void save(file)}
            >
              {t('share:save')}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
