/** `gantry verify` as people and scripts run it, and `gantry start --wait-for`, which shares its first step too. */
import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { completed, eventsOf, patience, useSystem, workerReady } from './support/gantry.ts';
import { RawWorker } from './support/raw-worker.ts';

const system = useSystem();
let temporary = '';
beforeAll(async () => {
  temporary = join(system.folder, 'temporary');
  await mkdir(temporary);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Runs it with a folder of its own for temporary files, which must be left empty. */
async function verify(...options: readonly string[]) {
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(name, temporary);
  const exit = await system.gantry(['verify', '--workers', '2', ...options]).exit;
  expect((await readdir(temporary)).filter((name) => name.startsWith('gantry-'))).toEqual([]);
  return exit;
}

const small = ['--preset', 'digits-small'];
interface Report {
  readonly maxRelativeError: number;
  readonly microbatches: Readonly<Record<string, readonly number[]>>;
  readonly groups: Readonly<Record<string, { readonly maxRelativeError: number; readonly tensors: number }>>;
}

describe('gantry verify', { timeout: patience }, () => {
  it('finds two workers equal to one to the bit, and prints JSON and nothing else', async () => {
    const { code, stdout, stderr } = await verify(...small, '--json');
    expect(stderr).toContain('on 2 workers');
    const report = JSON.parse(stdout) as Report;
    expect(report.maxRelativeError).toBe(0);
    expect(report.microbatches).toEqual({ discriminator: [2, 2], generator: [2, 2] });
    expect(Object.entries(report.groups).map(([name, { tensors }]) => [name, tensors])).toEqual([
      ['discriminator gradients', 7],
      ['discriminator loss', 1],
      ['discriminator running means', 1],
      ['discriminator running variances', 1],
      ['generator gradients', 8],
      ['generator loss', 1],
      ['generator running means', 2],
      ['generator running variances', 2],
    ]);
    expect(code).toBe(0);
  });

  it('shows how far off the textbook mistake is', async () => {
    const { code, stdout } = await verify(...small, '--set', 'batchNorm.statistics=local');
    expect(stdout).toMatch(/^generator gradients .* NOT OK$/m);
    expect(stdout).toMatch(/^NOT the same: 2 workers compute something else than one: the textbook mistake/m);
    expect(code).toBe(1);
  });

  it('refuses what it cannot run, before it starts anything', async () => {
    const wrong = [
      ['--tolerance', 'much'],
      ['--tolerance', '-1'],
      ['--workers', '0'],
      ['--iterations', '5'],
    ];
    const exits = await Promise.all(wrong.map((options) => verify(...options)));
    for (const [i, { code, stdout, stderr }] of exits.entries()) {
      expect(stderr).toContain(wrong[i][0]);
      expect(stdout).toBe('');
      expect(code).toBe(2);
    }
  });
});

describe('gantry start --wait-for 2', () => {
  it('leases nothing to the first worker before the second is ready', { timeout: patience }, async () => {
    const options = ['--workers', '1', '--wait-for', '2', '--preset', 'ring', '--iterations', '2'];
    const coordinator = await system.start('wait', options);
    await workerReady(coordinator.directory, 'this machine 1');
    const { worker } = await RawWorker.join(coordinator, 'the second');
    expect((await eventsOf(coordinator.directory)).filter(({ type }) => type === 'step')).toEqual([]);
    worker.ready(1);
    await worker.heard('lease');
    expect(coordinator.stdout()).toContain('of 2 ready)');
    await worker.leave();
    await completed(coordinator);
  });
});
