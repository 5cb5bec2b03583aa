/** What a curious or worried reader wants to know; closed by default. */
import {
  formatBytes,
  formatChecksum,
  formatCount,
  formatMilliseconds,
  type BackendTest,
} from '@gantry/shared';
import type { Tab } from './tab.ts';

export function Details({ tab }: { readonly tab: Tab }) {
  const status = tab.status.value;
  const rows: readonly (readonly [string, string])[] = [
    ['Worker', status.worker === null ? 'not admitted yet' : String(status.worker)],
    ['State', status.state],
    ['Phase', status.task?.phase ?? 'none yet'],
    ['Version of the parameters', status.version === null ? 'none yet' : formatCount(status.version)],
    [
      'Checksum of the replica',
      status.replicaChecksum === null ? 'none yet' : formatChecksum(status.replicaChecksum),
    ],
    ...(status.slept === null ? [] : [['Last slept for', `${formatCount(status.slept)} s`] as const]),
    ['Live tensors', formatCount(status.tensors)],
    ['Sent', formatBytes(status.bytes.up)],
    ['Received', formatBytes(status.bytes.down)],
  ];
  return (
    <details class="card" open={status.state === 'unable'}>
      <summary>Technical details</summary>
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
          <h3>Ways to compute that were tested</h3>
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
  const verdict = used ? 'in use' : test.passed ? 'passed' : 'not used';
  return (
    <li>
      <strong>{test.backend}</strong>
      {test.threads !== undefined && `, ${test.threads} threads`} · {verdict}
      {test.milliseconds !== undefined &&
        ` · ${formatMilliseconds(test.milliseconds)} for one microbatch of each network`}
      {test.error !== undefined && ` · relative error ${test.error.toExponential(1)}`}
      {test.reason !== undefined && <span class="quiet"> · {test.reason}</span>}
    </li>
  );
}
