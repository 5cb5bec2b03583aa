/** What a curious or worried reader wants to know; closed by default. */
import {
  formatBytes,
  formatChecksum,
  formatCount,
  formatMilliseconds,
  type BackendTest,
} from '@gantry/shared';
import type { Tab } from './tab.ts';
import { t } from './text.ts';

export function Details({ tab }: { readonly tab: Tab }) {
  const status = tab.status.value;
  const none = t('machine:details.none');
  const rows: readonly (readonly [string, string])[] = [
    [
      t('machine:details.worker'),
      status.worker === null ? t('machine:details.notAdmitted') : String(status.worker),
    ],
    [t('machine:details.state'), t(`machine:details.states.${status.state}`)],
    [
      t('machine:details.phase'),
      status.task === null ? none : t(`machine:details.phases.${status.task.phase}`),
    ],
    [t('machine:details.version'), status.version === null ? none : formatCount(status.version)],
    [
      t('machine:details.checksum'),
      status.replicaChecksum === null ? none : formatChecksum(status.replicaChecksum),
    ],
    ...(status.slept === null
      ? []
      : [[t('machine:details.slept'), `${formatCount(status.slept)} s`] as const]),
    [t('machine:details.tensors'), formatCount(status.tensors)],
    [t('machine:details.sent'), formatBytes(status.bytes.up)],
    [t('machine:details.received'), formatBytes(status.bytes.down)],
  ];
  return (
    <details class="card" open={status.state === 'unable'}>
      <summary>{t('machine:details.title')}</summary>
      <dl class="rows">
        {rows.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      {status.tests.length > 0 && (
        <>
          <h3>{t('machine:details.tests')}</h3>
          <ul class="tests">
            {status.tests.map((test) => (
              <TestResult
                key={`${test.backend} ${test.threads ?? 1}`}
                test={test}
                used={test.backend === status.backend && (test.threads ?? 1) === status.threads}
              />
            ))}
          </ul>
        </>
      )}
    </details>
  );
}

function TestResult({ test, used }: { readonly test: BackendTest; readonly used: boolean }) {
  const verdict = used ? 'used' : test.passed ? 'passed' : test.draws ? 'draws' : 'unused';
  return (
    <li>
      <strong>{test.backend}</strong>
      {test.threads !== undefined && `, ${t('machine:details.threads', { count: test.threads })}`} ·{' '}
      {t(`machine:details.verdict.${verdict}`)}
      {test.milliseconds !== undefined &&
        ` · ${t('machine:details.took', { time: formatMilliseconds(test.milliseconds) })}`}
      {test.error !== undefined && ` · ${t('machine:details.error', { error: test.error.toExponential(1) })}`}
      {test.reason !== undefined && (
        <span class="quiet" lang="en">
          {' '}
          · {test.reason}
        </span>
      )}
    </li>
  );
}
