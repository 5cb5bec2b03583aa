/**
 * A class of any size for the presenter's page, without anybody: the scheduler runs with simulated workers at the pace of the
 * clock, the course of the run before is made up, and the real server tells the real page of both.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { examplesPerStep, phaseNames, planModel, presetConfig, startPosition } from '@gantry/shared';
import { coreSettings } from '../../packages/coordinator/src/core/settings.ts';
import { freshStart, initialState } from '../../packages/coordinator/src/core/transition.ts';
import type { CoreEffect } from '../../packages/coordinator/src/core/types.ts';
import { classOf } from '../../packages/coordinator/test/support/stragglers.ts';
import { VirtualShell } from '../../packages/coordinator/test/support/virtual-shell.ts';
import { buildPages } from '../../packages/coordinator/src/pages/build.ts';
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { RunHistory } from '../../packages/coordinator/src/run/history.ts';
import { Meter } from '../../packages/coordinator/src/run/meter.ts';
import type { Run } from '../../packages/coordinator/src/run/run.ts';
import { speedUp } from '../../packages/coordinator/src/run/speed-up.ts';
import { Timeline } from '../../packages/coordinator/src/run/timeline.ts';
import { createServer } from '../../packages/coordinator/src/server/server.ts';

export interface PretendOptions {
  readonly workers: number;
  /** Done before the page comes. */
  readonly iterations: number;
  /** Milliseconds that a usual machine takes for its part of a step. */
  readonly pace: number;
}

export interface PretendClass {
  /** Address of the presenter's page, token included. */
  readonly presenter: string;
  close(): Promise<void>;
}

const token = 'pretended';
/** Milliseconds between looks at the clock. */
const beat = 20;
/** Of what a lease takes the part in which its worker computes; the rest is its link's. */
const computing = 0.7;

export async function pretendClass({ workers, iterations, pace }: PretendOptions): Promise<PretendClass> {
  const base = presetConfig('digits');
  const config = {
    ...base,
    batch: { global: 8 * workers, microbatch: 8, block: 1 },
    schedule: { ...base.schedule, iterations: 2 * iterations },
  };
  const folder = await mkdtemp(join(tmpdir(), 'gantry-pretend-'));
  const directory = new RunDirectory(join(folder, 'run'));
  await directory.create(config);
  const model = planModel(config);
  const settings = coreSettings(config, model, config.schedule.epochSize, [1, 2]);
  const start = {
    ...freshStart,
    position: {
      ...startPosition,
      iteration: iterations,
      steps: { discriminator: iterations, generator: iterations },
    },
    version: 2 * iterations,
  };
  const shell = new VirtualShell(initialState(settings, start, [], workers));
  const began = performance.now();
  const clock = { now: () => performance.now() - began, at: () => () => undefined };
  const meter = new Meter(() => clock.now(), undefined);
  const history = new RunHistory();
  const timeline = new Timeline(settings.traffic);
  const course = makeUpCourse(history, workers, model);
  for (let iteration = 0; iteration < iterations; iteration++) course(iteration);
  shell.dispatch({ type: 'start', at: 0, fresh: false });
  for (const each of classOf({ seed: 3, workers, stragglers: 0.1, pace, length: 600_000 })) {
    shell.join({
      ...each,
      id: each.id + 1,
      answerAfter: (lease, now) => each.answerAfter(lease, now),
      computes: (lease) => computing * lease.expected,
    });
  }
  meter.start();

  const follow = (): void => {
    shell.run(() => false, clock.now());
    let taken: CoreEffect[] = [];
    shell.effects.forEach(({ event, effect }, i) => {
      taken.push(effect);
      if (effect.type === 'apply') {
        meter.step(effect.position.phase, 1, 1);
        meter.up(workers * 40_000);
        meter.down(workers * 60_000);
        if (effect.position.phase === 'generator') course(effect.position.iteration);
      }
      if (shell.effects.at(i + 1)?.event === event) return;
      timeline.see(event, taken);
      taken = [];
    });
    shell.effects.length = 0;
  };
  const beating = setInterval(follow, beat);

  const pretended = {
    options: { config, model, directory, clock },
    config,
    meter,
    history,
    timeline,
    get state() {
      return shell.state;
    },
    status: 'running',
    outcome: null,
    latestSheet: null,
    sheetIterations: [],
    altered: false,
    members: { locked: false },
    faults: { of: () => null },
    phaseLengths: settings.lengths,
    get examplesPerSecond() {
      return meter.stepsPerSecond * examplesPerStep(config);
    },
    get speedUp() {
      return speedUp(this.examplesPerSecond, config.batch.microbatch, shell.state.workers.values());
    },
    get secondsLeft() {
      return (config.schedule.iterations - shell.state.position.iteration) / meter.stepsPerSecond;
    },
    onSheet: () => () => undefined,
    onPicture: () => () => undefined,
    tellProgress: () => undefined,
  };
  const server = await createServer({
    // What the server and the feed ask of a run; nobody joins this one.
    run: pretended as unknown as Run,
    joinCode: 'ABCD',
    presenterToken: token,
    pages: await buildPages(),
    chunks: null,
    log: { info: () => undefined, warn: () => undefined },
  });
  const url = await server.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    presenter: `${url}/present/#${token}`,
    async close() {
      clearInterval(beating);
      await server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Lines of a log as they could be, one iteration after the other: losses that wander, and gradients that vanish in front. */
function makeUpCourse(
  history: RunHistory,
  workers: number,
  model: ReturnType<typeof planModel>,
): (iteration: number) => void {
  const layers = Object.fromEntries(
    phaseNames.map((phase) => [
      phase,
      [...new Set(model[phase].parameters.map(({ name }) => name.slice(0, name.lastIndexOf('/'))))],
    ]),
  );
  const wave = (iteration: number, slow: number): number =>
    Math.sin(iteration / slow) + 0.6 * Math.sin(iteration * 12.9898);
  return (iteration) => {
    for (const phase of phaseNames) {
      const place = { version: 2 * iteration, iteration, phase };
      const gradientNorms = Object.fromEntries(
        layers[phase].map((layer, i, { length }) => [
          layer,
          10 ** (-((length - i) * iteration) / 20_000 + 0.2 * wave(iteration + i, 900)),
        ]),
      );
      history.hear({
        type: 'step',
        ...place,
        loss: 0.9 + 0.2 * wave(iteration + (phase === 'generator' ? 700 : 0), 4000),
        realAccuracy: 0.7 + 0.1 * wave(iteration, 3000),
        fakeAccuracy: 0.65 + 0.1 * wave(iteration + 500, 2500),
        gradientNorms,
      });
      if (iteration % 100 !== 0) continue;
      const drifts = Array.from({ length: workers }, (_, i) => {
        const mean =
          0.01 * (1 + (i % 7)) * Math.exp(iteration / 40_000) * (1.1 + Math.sin(iteration / 500 + i));
        return [i + 1, { norm: { mean, variance: 2 * mean } }];
      });
      history.hear({ type: 'batch-norm-drift', ...place, workers: Object.fromEntries(drifts) });
    }
    if (iteration % 200 !== 0) return;
    history.hear({ type: 'sheet', iteration, highQuality: 0.9 - 0.8 * Math.exp(-iteration / 9000) });
  };
}
