/** The answer in plain words. */
import type { LabReportData } from '../data.ts';
import { sentencesOf } from './sentences.ts';
import { t } from './text.ts';

export function Answer({ data }: { readonly data: LabReportData }) {
  const [first, ...rest] = sentencesOf(data);
  return (
    <section class="panel answer" aria-labelledby="answer-title">
      <div class="panel-head">
        <h2 id="answer-title">{t('lab:answer.title')}</h2>
      </div>
      <p>
        <strong>{first}</strong>
      </p>
      <ul>
        {rest.map((sentence) => (
          <li key={sentence}>{sentence}</li>
        ))}
      </ul>
      {data.about !== '' && <p class="quiet">{data.about}</p>}
    </section>
  );
}
