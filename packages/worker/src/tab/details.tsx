/** What a curious or worried reader wants to know; closed by default. */
import {
  formatBytes,
  formatChecksum,
  formatCount,
  formatMilliseconds,
  type BackendTrial,
} from '@gantry/shared';
import type { Tab } from './tab.ts';

export function Details({ tab }: { readonly tab: Tab }) {
  const status = tab.status.value;
  const rows: readonly (readonly [string, string])[] = [
    ['Worker', status.worker === null ? 'not admitted yet' : String(status.worker)],
    ['State', status.state],
    ['Phase', status.phase ?? 'none yet'],
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
      {status.trials.length > 0 && (
        <>
          <h3>Ways to compute that were tried</h3>
          <ul class="trials">
            {status.trials.map((trial) => (
              <Trial
                key={`${trial.backend} ${trial.threads ?? 1}`}
                trial={trial}
                used={trial.backend === status.backend && (trial.threads ?? 1) === status.threads}
              />
            ))}
          </ul>
        </>
      )}
    </details>
  );
}

function Trial({ trial, used }: { readonly trial: BackendTrial; readonly used: boolean }) {
  const verdict = used ? 'in use' : trial.passed ? 'passed' : 'not used';
  return (
    <li>
      <strong>{trial.backend}</strong>
      {trial.threads !== undefined && `, ${trial.threads} threads`} · {verdict}
      {trial.milliseconds !== undefined &&
        ` · ${formatMilliseconds(trial.milliseconds)} for one microbatch of each network`}
      {trial.error !== undefined && ` · relative error ${trial.error.toExponential(1)}`}
      {trial.reason !== undefined && <span class="quiet"> · {trial.reason}</span>}
    </li>
  );
}
