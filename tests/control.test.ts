/**
 * What the presenter does to a run, through real sessions: pauses, steps and faults leave the result as it is, to the bit;
 * live settings change it, and a run that goes on from a checkpoint has them still.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { parseConfig, presets, type PresenterAction, type RunConfig } from '@gantry/shared';
import type { Run } from '../packages/coordinator/src/run/run.ts';
import { act } from '../packages/coordinator/src/server/presenter/actions.ts';
import { patience, until } from './support/gantry.ts';
import { claiming, trainInProcess, type InProcess, type Trained } from './support/in-process.ts';

const config: RunConfig = parseConfig({
  ...presets.ring,
  model: { ...presets.ring.model, latent: 2, width: 16, depth: 1 },
  batch: { global: 48, microbatch: 4, block: 1 },
  schedule: { ...presets.ring.schedule, iterations: 12 },
  evaluation: { ...presets.ring.evaluation, every: 1000, samples: 16 },
  checkpoint: { ...presets.ring.checkpoint, every: 1000 },
  audit: { probability: 0.5 },
});

const workers = (count: number): Pick<InProcess, 'platforms'> => ({
  platforms: Array.from({ length: count }, () => claiming(1)),
});
const paused = (run: Run, version: number): Promise<true> =>
  until(`a pause at version ${version}`, () => {
    const { state } = run;
    return (state.version === version && state.leases.size === 0 && run.status === 'paused') || null;
  });
const ready = (run: Run, count: number): Promise<true> =>
  until(`${count} workers`, () => run.workersReady === count || null);
const acted = ({ events }: Trained): unknown[] =>
  events.filter(({ type }) => type === 'presenter-acted').map(({ action, version }) => [action, version]);

let undisturbed: Trained;
beforeAll(async () => {
  undisturbed = await trainInProcess({ config, ...workers(1) });
}, patience);

describe('a presenter', { timeout: patience }, () => {
  it('who pauses, steps, slows down and switches a worker off changes nothing, to the bit', async () => {
    let course: Promise<void> = Promise.resolve();
    const seen = new Set<string>();
    const disturbed = await trainInProcess({
      config,
      ...workers(2),
      heard: (name, { fault, waiting }) => seen.add(`${name} ${fault ?? waiting?.for ?? ''}`),
      watch: (run) => {
        const say = (action: PresenterAction): void => act(run, action);
        course = (async () => {
          say({ type: 'pause' });
          await ready(run, 2);
          await paused(run, 0);
          await until('a tab that is told', () => {
            run.tellProgress();
            return seen.has('worker 1 presenter') || null;
          });
          say({ type: 'advance', unit: 'step' });
          await paused(run, 1);
          say({ type: 'advance', unit: 'iteration' });
          await paused(run, 2);
          say({ type: 'slow-motion', milliseconds: 20 });
          say({ type: 'play-fault', worker: 2, fault: { kind: 'switch-off', seconds: 1 } });
          await until('its absence', () => run.state.workers.get(2)?.connected === false || null);
          say({ type: 'advance', unit: 'phase' });
          await paused(run, 3);
          await ready(run, 2); // it is back
          say({ type: 'go-on' });
        })();
      },
    });
    await course;
    expect(disturbed.end.outcome).toBe('complete');
    expect(disturbed.checkpoint?.tensors).toEqual(undisturbed.checkpoint?.tensors);
    expect(acted(disturbed)).toEqual([
      ['pause', 0],
      ['advance', 0],
      ['advance', 1],
      ['slow-motion', 2],
      ['play-fault', 2],
      ['advance', 2],
      ['go-on', 3],
    ]);
    expect(disturbed.events.filter(({ type }) => type === 'paused').map(({ version }) => version)).toEqual([
      0, 1, 2, 3,
    ]);
    expect(seen).toContain('worker 2 switch-off');
    expect(disturbed.run.altered).toBe(false);
  });

  it('who changes settings finds them again after --resume, and the configuration as it was', async () => {
    const settings: readonly PresenterAction[] = [
      { type: 'set-learning-rates', rates: { discriminator: 0.01, generator: 0 } },
      { type: 'set-lengths', lengths: { discriminator: 2, generator: 1 } },
      { type: 'train-only', phase: 'discriminator' },
    ];
    const change = (run: Run): void => {
      settings.forEach((action) => act(run, action));
      // Of version 5 the generator trains again, too.
      run.onStep(() => run.state.version === 5 && act(run, { type: 'train-only', phase: null }));
    };
    const whole = await trainInProcess({ config, ...workers(1), watch: change });
    const first = await trainInProcess({
      config,
      ...workers(1),
      watch: change,
      stopAfter: (run) => run.state.version === 7,
    });
    expect(first.checkpoint?.record.live).toEqual({
      only: null,
      lengths: { discriminator: 2, generator: 1 },
      learningRates: { discriminator: 0.01, generator: 0 },
    });
    expect(first.run.altered).toBe(true);
    const second = await trainInProcess({ config, ...workers(2), checkpoint: first.checkpoint });
    expect(second.checkpoint?.record.position).toEqual(whole.checkpoint?.record.position);
    expect(second.checkpoint?.tensors).toEqual(whole.checkpoint?.tensors);
    expect(second.end.summary.parametersChecksum).not.toBe(undisturbed.end.summary.parametersChecksum);
  });

  it('who has workers freeze and lie shows how they hold a step up, and are found', async () => {
    const { events, end } = await trainInProcess({
      config: { ...config, schedule: { ...config.schedule, iterations: 60 } },
      ...workers(4),
      notice: () => undefined, // tells of the quarantine
      watch: (run) => {
        const stop = run.onStep(() => {
          stop();
          act(run, { type: 'play-fault', worker: 2, fault: { kind: 'corrupt' } });
          act(run, { type: 'play-fault', worker: 3, fault: { kind: 'freeze', seconds: 1 } });
        });
      },
    });
    expect(end.outcome).toBe('complete');
    const found = events.filter(({ type }) => type === 'worker-quarantined');
    expect(found.map(({ worker }) => worker)).toEqual([2]);
    const times = events.filter(({ type }) => type === 'step').map(({ time }) => Number(time));
    const longest = Math.max(...times.slice(1).map((time, i) => time - times[i]));
    expect(longest).toBeGreaterThan(900);
  });
});
