/** `gantry measure`, in this process, on runs of which only a first checkpoint is there, and on their exports. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { presetConfig, type RunConfig } from '@gantry/shared';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { featureKey, featurePlan } from '../../worker/src/features/recipe.ts';
import { keepFeatures } from '../../worker/src/headless/feature-files.ts';
import { exportRun } from '../src/cli/export.ts';
import { measure, type MeasureOptions } from '../src/cli/measure.ts';
import { createStageLine } from '../src/cli/stage-line.ts';
import type { MeasureReport } from '../src/measure/measures.ts';
import { newRun, Said } from './support/new-run.ts';

const ring = presetConfig('ring');
const digits = presetConfig('digits-small');
const conditional: RunConfig = {
  ...digits,
  model: { ...digits.model, conditional: true } as typeof digits.model,
};

let folder = '';
let runs: Readonly<Record<'ring' | 'digits' | 'conditional', string>>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-measure-'));
  runs = {
    ring: await newRun(ring, join(folder, 'ring')),
    digits: await newRun(digits, join(folder, 'digits')),
    conditional: await newRun(conditional, join(folder, 'conditional')),
  };
  // Not a good network, but one that need not be trained first.
  const plan = featurePlan(digits.data);
  const parameters = Float32Array.from({ length: plan.parameterCount }, (_, i) => Math.sin(i * i) / 8);
  await keepFeatures(join(folder, 'features', `${featureKey(digits.data)}.safetensors`), {
    parameters,
    accuracy: 0.5,
  });
});

afterAll(() => rm(folder, { recursive: true }));

async function measured(
  path: string,
  options: MeasureOptions = {},
): Promise<{ said: string; progress: string }> {
  const [output, progress] = [new Said(), new Said()];
  const streams = { output, progress, features: join(folder, 'features') };
  expect(await measure(path, { samples: '300', ...options }, streams)).toBe(0);
  return { said: output.text, progress: progress.text };
}
const reported = async (path: string, options: MeasureOptions = {}): Promise<MeasureReport> =>
  JSON.parse((await measured(path, { json: true, ...options })).said) as MeasureReport;

describe('gantry measure', () => {
  it('tells of points which modes they have, beside real ones', async () => {
    const { said, progress } = await measured(runs.ring, { samples: '2500' });
    expect(said).toMatch(
      /^.*000000000\.safetensors\nafter 0 iterations, moving average; 2,500 samples, seed 1\n/,
    );
    expect(said).toMatch(/^captured modes +[0-7] of 8 +8 of 8 /m);
    expect(said).toMatch(/^high quality +[0-9.]+% +(98|99)\.\d% /m);
    expect(progress).toContain('Looking at generated samples...\n');
  });

  it('prints JSON and nothing else, with all that figures belong to', async () => {
    const report = await reported(runs.digits);
    expect(report).toMatchObject({
      preset: 'digits-small',
      iteration: 0,
      weights: 'ema',
      samples: 300,
      seed: 1,
    });
    expect(report.features?.hash).toMatch(/^[0-9a-f]{16}$/);
    expect(report.features?.accuracy).toBe(0.5);
    // What was never trained is far from the data, which is near itself.
    expect(report.measures.fid).toBeGreaterThan(5 * (report.realData?.measures.fid ?? NaN));
    expect(report.measures.coverage).toBe(0);
    expect(report.realData?.measures.coverage).toBeGreaterThan(0.8);
    // Beside other real samples, not beside themselves.
    expect(report.realData?.measures.slicedWasserstein).toBeGreaterThan(0);
    expect(report.notes).toEqual([
      expect.stringContaining('Fewer than 10,000 samples') as string,
      expect.stringContaining('names only 50%') as string,
    ]);
  });

  it('gives the same again, other figures for another seed, and no yardstick where none is asked for', async () => {
    const first = await reported(runs.digits, { yardstick: false });
    expect(first.realData).toBeNull();
    expect(await reported(runs.digits, { yardstick: false })).toEqual(first);
    expect((await reported(runs.digits, { yardstick: false, seed: '2' })).measures).not.toEqual(
      first.measures,
    );
  });

  it.each(['ring', 'digits', 'conditional'] as const)(
    'measures what was exported as it measures the run: %s',
    async (which) => {
      const run = await reported(runs[which], { yardstick: false });
      for (const format of ['safetensors', 'tfjs']) {
        const to = join(folder, `${which}-${format}`);
        // oxlint-disable-next-line no-await-in-loop -- one after the other: there is one backend
        await exportRun(runs[which], { to, format }, new Said());
        // oxlint-disable-next-line no-await-in-loop
        const exported = await reported(to, { yardstick: false });
        expect(exported).toMatchObject({
          preset: run.preset,
          iteration: 0,
          weights: 'ema',
          features: run.features,
        });
        for (const [name, value] of Object.entries(run.measures)) {
          const found = exported.measures[name as keyof typeof run.measures] ?? NaN;
          // A level of grey may be rounded otherwise.
          expect(Math.abs(found - value)).toBeLessThan(1e-3 * Math.max(1, Math.abs(value)));
        }
      }
    },
  );

  it('refuses what it cannot measure, and says what to name', async () => {
    const nothing = join(folder, 'nothing');
    await mkdir(nothing);
    await expect(measured(nothing)).rejects.toThrow(/neither a run nor an exported generator/);
    await expect(measured(join(folder, 'none'))).rejects.toThrow(
      /no such file or directory.*Name a run directory/,
    );
    await expect(measured(join(runs.ring, 'config.json'))).rejects.toThrow(/neither a checkpoint/);
    await expect(measured(runs.ring, { samples: '9' })).rejects.toThrow(/--samples cannot be "9"/);
    await expect(measured(runs.ring, { weights: 'best' })).rejects.toThrow(/ema, raw/);
  });
});

describe('the line of stages', () => {
  it('is rewritten on a terminal, and gone at the end', () => {
    let written = '';
    const stages = createStageLine({ isTTY: true, columns: 20, write: (text) => (written += text) });
    stages.show('Drawing', 0.129);
    stages.show('Drawing', 0.1291);
    stages.show('A stage with a long name', 1);
    stages.end();
    expect(written).toBe('\r\u001b[2KDrawing: 12%\r\u001b[2KA stage with a long\r\u001b[2K');
  });

  it('is a line a stage elsewhere', () => {
    let written = '';
    const stages = createStageLine({ write: (text) => (written += text) });
    for (const done of [0, 0.5, 1]) stages.show('Drawing', done);
    stages.show('Looking', 0);
    stages.end();
    expect(written).toBe('Drawing...\nLooking...\n');
  });
});
