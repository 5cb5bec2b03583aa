/**
 * Both pages in a real browser, served by a real coordinator: tabs that compute in Web Workers, and the
 * presenter's page. With GANTRY_SCREENSHOTS set to a folder, pictures of what was tested are left there.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { pictureFrom } from './support/doorstep.ts';
import {
  completed,
  eventsOf,
  iterationsDone,
  logged,
  patience,
  until,
  useSystem,
  workerReady,
  type Coordinator,
} from './support/gantry.ts';
import { holdBack } from './support/raw-worker.ts';
import { statusOf } from './support/tab-page.ts';

const system = useSystem();
let browser: Browser;

beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

/** What browsers complain of, by page: errors, warnings, violations of the content security policy. */
const complaints: string[] = [];
afterAll(() => expect(complaints).toEqual([]));

/** A page in a profile of its own, as on another laptop. */
async function open(address: string, laptop = browser): Promise<Page> {
  const page = await laptop.newPage();
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(address);
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env['GANTRY_SCREENSHOTS'];
  if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
}

const inState = (page: Page, state: string): Promise<unknown> =>
  page.waitForSelector(`html[data-state="${state}"]`, { state: 'attached', timeout: 60_000 });

/** Notes the number of live tensors with each version of the parameters, from now on. */
async function countTensors(page: Page): Promise<void> {
  await page.evaluate(() => {
    const root = document.documentElement;
    const seen: [version: number, tensors: number][] = [];
    Object.assign(window, { seenTensors: seen });
    const note = (): void => {
      const { version, tensors, backend, state } = root.dataset;
      if (version !== undefined && backend !== undefined && state === 'computing') {
        seen.push([Number(version), Number(tensors)]);
      }
    };
    new MutationObserver(note).observe(root, { attributes: true });
  });
}

/** Numbers of live tensors seen in versions from `first` to before `end`. */
async function tensorsSeen(page: Page, first: number, end: number): Promise<number[]> {
  const seen = await page.evaluate(
    () => (window as unknown as { seenTensors: [version: number, tensors: number][] }).seenTensors,
  );
  const counts = seen.filter(([version]) => version >= first && version < end).map(([, tensors]) => tensors);
  expect(counts.length, `samples of versions ${first} to ${end}`).toBeGreaterThan(0);
  return counts;
}

/** How many there are depends on where a step stands; later on, there must not always be more than ever before. */
async function expectNoGrowth(page: Page, first: number, middle: number, end: number): Promise<void> {
  const early = await tensorsSeen(page, first, middle);
  const late = await tensorsSeen(page, middle, end);
  expect(Math.min(...late)).toBeLessThanOrEqual(Math.max(...early));
}

describe('a tab whose graphics processor is reset', () => {
  it('notices, comes back as the same worker and trains on', { timeout: patience }, async () => {
    const laptop = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
    try {
      const small = ['--set', 'batch.global=8', '--set', 'batch.microbatch=4', '--set', 'model.width=4'];
      const options = ['--workers', '0', '--preset', 'digits-small', '--iterations', '6'];
      const coordinator = await system.start('reset', [...options, ...small], 'stays');
      const { directory } = coordinator;
      const page = await laptop.newPage(); // WebGL complains of its loss, rightly
      await page.goto(`${coordinator.url}/?code=${coordinator.joinCode}&name=Ada&backend=webgl`);
      await iterationsDone(directory, 2);
      const session = await laptop.newBrowserCDPSession();
      await session.send('Browser.crashGpuProcess').catch(() => undefined);
      await logged(directory, 'the end', ({ type }) => type === 'finished');
      const joins = (await eventsOf(directory)).filter(({ type }) => type === 'worker-joined');
      expect(joins.map(({ worker, back }) => [worker, back])).toContainEqual([joins[0]['worker'], true]);
      await inState(page, 'staying');
    } finally {
      await laptop.close();
    }
  });
});

describe('three tabs that compute by WebGL in Web Workers', () => {
  const laptops: Browser[] = [];
  afterAll(() => Promise.all(laptops.map((laptop) => laptop.close())));

  it(
    'train with the code from the printed address, also when one is closed in mid-step',
    { timeout: patience },
    async () => {
      const iterations = 8;
      const small = ['--set', 'batch.global=24', '--set', 'batch.microbatch=4', '--set', 'model.width=4'];
      const options = ['--workers', '0', '--preset', 'digits-small', '--iterations', String(iterations)];
      const coordinator = await system.start('webgl', [...options, ...small], 'stays');
      const { directory } = coordinator;
      const gate = await holdBack(coordinator);
      const tabOf = async (name: string): Promise<Page> => {
        // A browser each, as on three laptops: tabs of one browser would wait for each other at its one GPU process.
        const laptop = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
        laptops.push(laptop);
        const query = `code=${coordinator.joinCode}&name=${name}&backend=webgl`;
        const page = await open(`${coordinator.url}/?${query}`, laptop);
        await workerReady(directory, name);
        await page.waitForSelector('html[data-backend="webgl"]', { state: 'attached' });
        await countTensors(page);
        return page;
      };
      const [lost, ...others] = await Promise.all(['Ada', 'Ben', 'Cleo'].map(tabOf));
      await gate.open();
      await iterationsDone(directory, 2);

      // Its Web Worker hangs first, so that it surely holds a lease when it goes.
      const { worker: id, microbatches } = await statusOf(lost);
      expect(Number(microbatches)).toBeGreaterThan(0);
      const hung = lost.workers()[0].evaluate(() => {
        const end = performance.now() + 60_000;
        while (performance.now() < end);
      });
      void hung.catch(() => undefined);
      await logged(
        directory,
        "the hanging tab's lease expired",
        ({ type, worker }) => type === 'lease-expired' && worker === Number(id),
      );
      await lost.context().browser()?.close();

      await logged(directory, 'the end', ({ type }) => type === 'finished');
      const steps = (await eventsOf(directory)).filter(({ type }) => type === 'step');
      expect(steps).toHaveLength(2 * iterations);
      for (const { loss } of steps) expect(Number.isFinite(loss)).toBe(true);

      const checksums = new Set<string | undefined>();
      for (const page of others) {
        await inState(page, 'staying');
        await expectNoGrowth(page, 2, iterations + 2, 2 * iterations);
        // What its user reads at the end: all iterations done, and what the generator draws now.
        await page.getByText(`iteration ${iterations}`, { exact: false }).waitFor();
        const { version, replicaChecksum, microbatches: done } = await statusOf(page);
        expect(version).toBe(String(2 * iterations));
        expect((await statusOf(page))['iteration']).toBe(String(iterations));
        expect(Number(done)).toBeGreaterThan(0);
        checksums.add(replicaChecksum);
      }
      await picture(others[0], 'tab-staying');
      const { pixels = '' } = await pictureFrom(coordinator);
      expect(Buffer.from(pixels, 'base64')).toHaveLength(28 * 28);
      coordinator.signal('SIGINT');
      for (const page of others) {
        await inState(page, 'finished');
        // The backend is gone with the coordinator, and nothing was left on it.
        await page.waitForSelector('html[data-tensors="0"]', { state: 'attached' });
      }
      expect((await completed(coordinator)).workers.lost).toBe(1);
      expect([...checksums]).toEqual([expect.stringMatching(/^[0-9a-f]{8}$/)]);
    },
  );
});

describe('one run in the browser', () => {
  let coordinator: Coordinator;
  let tab: Page;
  beforeAll(async () => {
    // Longer than the tests take.
    const options = ['--workers', '0', '--preset', 'digits-small', '--iterations', '100000'];
    coordinator = await system.start('wasm', [...options, '--set', 'evaluation.every=10']);
    tab = await open(`${coordinator.url}/?code=AAAA&name=Grace`);
  }, patience);
  afterAll(() => coordinator.signal('SIGKILL'));

  it('a wrong join code is explained on the page, and the right one typed there lets in', async () => {
    const alert = await tab.waitForSelector('[role="alert"]');
    expect(await alert.textContent()).toContain('That join code is not right');
    await picture(tab, 'tab-wrong-code');
    await tab.fill('#code', ` ${coordinator.joinCode.toLowerCase()} `);
    await tab.click('button[type="submit"]');
    await inState(tab, 'computing');
    // Without a GPU wasm is faster, and the tab has found that out.
    expect(await statusOf(tab)).toMatchObject({ name: 'Grace', backend: 'wasm' });
  });

  it('a tab on wasm keeps no tensors from step to step', async () => {
    await countTensors(tab);
    const first = Number((await statusOf(tab))['version']) + 4;
    await iterationsDone(coordinator.directory, Math.ceil(first / 2) + 30);
    await expectNoGrowth(tab, first, first + 30, first + 60);
  });

  it('a reloaded tab is the same worker', async () => {
    const before = await statusOf(tab);
    // Without what the address said: name and identity come from the browser's storage.
    await tab.goto(`${coordinator.url}/?code=${coordinator.joinCode}`);
    await inState(tab, 'computing');
    const after = await statusOf(tab);
    expect(after['worker']).toBe(before['worker']);
    expect(after['name']).toBe('Grace');
    const joined = (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'worker-joined');
    expect(joined.map(({ name, back }) => [name, back])).toEqual([
      ['Grace', false],
      ['Grace', true],
    ]);
    await until('the work it did before', async () =>
      Number((await statusOf(tab))['microbatches']) >= Number(before['microbatches']) ? true : null,
    );
    // It has caught up: it works on parameters that are newer than those it had.
    expect(Number((await statusOf(tab))['version'])).toBeGreaterThan(Number(before['version']));
    await tab.waitForSelector('.sheet img');
    await picture(tab, 'tab-working');
  });

  it("the presenter's page shows the way in, both losses, samples and the workers", async () => {
    const page = await open(coordinator.presenter);
    await page.waitForSelector('.lane-names li');
    const textOf = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';
    expect(await textOf('.lane-names li')).toContain('Grace');
    expect(await textOf('h1')).toBe('Training');
    const losses = await page.locator('.legend strong').allTextContents();
    expect(losses).toHaveLength(2);
    for (const loss of losses) expect(Number(loss)).toBeGreaterThan(0);
    await page.waitForSelector('.sheet img');
    await page.keyboard.press('1');
    await page.waitForSelector('.workers li');
    expect(await textOf('.join-code')).toContain(coordinator.joinCode);
    expect(await textOf('.address')).toContain(coordinator.url.replace('http://', ''));
    expect(await textOf('.workers li')).toContain('Grace');
    await page.keyboard.press('2');
    // The token is out of the address bar, which is on the projector too; a reload still works.
    expect(new URL(page.url()).hash).toBe('');
    await page.reload();
    await page.waitForSelector('.lane-names li');
    await page.waitForSelector('.sheet img');
    await picture(page, 'presenter');
    await page.close();
  });

  it("the presenter's page with a wrong token says what it needs, and shows nothing", async () => {
    const page = await open(`${new URL('/present/', coordinator.url).href}#wrong`);
    await page.getByText("does not hold the presenter's token of this run").waitFor();
    expect(await page.textContent('body')).not.toContain(coordinator.joinCode);
    await picture(page, 'presenter-wrong-token');
    await page.close();
  });
});
