/** Training over https with the coordinator's own certificate: a tab, local workers, and workers elsewhere that pin it. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { errorRegistry } from '@gantry/shared';
import { launchBrowser } from './support/browser.ts';
import {
  childrenOf,
  completed,
  contributions,
  patience,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { holdBack, type Gate } from './support/raw-worker.ts';

const system = useSystem();
let browser: Browser;
let coordinator: Coordinator;
let fingerprint = '';
let gate: Gate;

beforeAll(async () => {
  // Where the certificate is kept.
  vi.stubEnv('HOME', system.folder);
  vi.stubEnv('USERPROFILE', system.folder);
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
  const options = ['--preset', 'digits-small', '--iterations', '4', '--workers', '1', '--https'];
  coordinator = await system.start('https', options, 'stays');
  fingerprint = /^Fingerprint: (\S+)$/m.exec(coordinator.stdout())?.[1] ?? '';
  gate = await holdBack(coordinator);
}, patience);
afterAll(async () => {
  vi.unstubAllEnvs();
  await browser.close();
});

it('a worker accepts the certificate of that fingerprint and no other', { timeout: patience }, async () => {
  const work = (...options: readonly string[]) =>
    system.gantry(['work', coordinator.url, '--code', coordinator.joinCode, '--quiet', ...options]).exit;
  const wrong = fingerprint.replace(/^../, (byte) => (byte === '00' ? '01' : '00'));
  const [unpinned, mispinned] = await Promise.all([work(), work('--fingerprint', wrong)]);
  expect(unpinned).toMatchObject({ code: errorRegistry.CERTIFICATE_UNTRUSTED.exit, stdout: '' });
  expect(unpinned.stderr).toContain('--fingerprint');
  expect(mispinned).toMatchObject({
    code: 1,
    stdout: '',
    stderr: `${errorRegistry.CERTIFICATE_WRONG.message(fingerprint, wrong)}\n`,
  });
});

it(
  'a tab trains over it, and a local worker and one that pins the certificate join',
  { timeout: patience },
  async () => {
    expect(coordinator.url).toMatch(/^https:/);
    expect(coordinator.presenter).toMatch(/^https:/);
    const work = ['work', coordinator.url, '--code', coordinator.joinCode, '--name', 'pins', '--fingerprint'];
    const worker = system.gantry([...work, fingerprint]);
    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    await page.goto(`${coordinator.url}/?code=${coordinator.joinCode}&name=Ada&backend=wasm`);
    for (const name of ['Ada', 'pins', 'this machine 1']) {
      // oxlint-disable-next-line no-await-in-loop -- each is one poll of the same file
      await workerReady(coordinator.directory, name);
    }
    // What only secure contexts have.
    expect(
      await page.evaluate(() => [isSecureContext, crossOriginIsolated, 'wakeLock' in navigator]),
    ).toEqual([true, true, true]);
    // The code is out of the address bar; a reload needs none.
    expect(page.url()).toBe(`${coordinator.url}/?name=Ada&backend=wasm`);
    // They have passed their tests over it; what is trained now is the tab's.
    worker.signal('SIGTERM');
    expect((await worker.exit).code).toBe(0);
    for (const pid of childrenOf(coordinator.pid)) system.kill(pid);
    await gate.open();
    await page.waitForSelector('html[data-state="staying"]', { state: 'attached', timeout: 60_000 });
    expect(complaints).toEqual([]);
    coordinator.signal('SIGINT');
    await completed(coordinator);
    expect((await contributions(coordinator.directory))['Ada']).toBeGreaterThan(0);
  },
);
