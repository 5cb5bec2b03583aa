/**
 * What befalls tabs, in real browsers: they are closed, reloaded and put away, lose their WebGL context, lie in the
 * background, differ from each other, and come by an address that is not the coordinator's.
 */
import { join } from 'node:path';
import type { Browser as Chromium, Page } from 'playwright-core';
import type { Browser as Firefox } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { parseConfig, presets } from '@gantry/shared';
import { deadlineFloor } from '../packages/coordinator/src/core/deadline.ts';
import { RunDirectory } from '../packages/coordinator/src/run/directory.ts';
import { launchBrowser } from './support/browser.ts';
import { launchFirefox } from './support/firefox.ts';
import {
  contributions,
  eventsOf,
  iterationsDone,
  logged,
  parameterError,
  patience,
  summaryOf,
  until,
  useSystem,
  workerReady,
} from './support/gantry.ts';
import { serveInProcess, type Served } from './support/in-process.ts';
import { expectRecovery, trainInTab, type Reading } from './support/lost-context-run.ts';
import { openProxy } from './support/proxy.ts';
import { holdBack, RawWorker } from './support/raw-worker.ts';
import { statusOf } from './support/tab-page.ts';
import { trainUndisturbed } from './support/undisturbed.ts';

const system = useSystem();
let chromium: Chromium;
let firefox: Firefox;
beforeAll(async () => {
  [chromium, firefox] = await Promise.all([
    launchBrowser({ webgl: 'software', path: inject('browserPath') }),
    launchFirefox(inject('firefoxPath')),
  ]);
}, patience);
afterAll(() => Promise.all([chromium.close(), firefox.close()]));

const small = presets['digits-small'];

/** Runs in the Web Worker: takes a lease and never answers. It passes for so slow that no deadline will come. */
function hold(): void {
  type Data = Parameters<WebSocket['send']>[0];
  const { send } = WebSocket.prototype as { readonly send: (this: WebSocket, data: Data) => void };
  WebSocket.prototype.send = function (data: Data) {
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as { type: string };
    const slow = message.type === 'ready' ? { millisecondsPerMicrobatch: 1_000_000 } : {};
    send.call(this, JSON.stringify({ ...message, ...slow }));
  };
}

/** As the browser tells a page that it puts away for the way back, or takes out again. */
const transition = (page: Page, type: 'pagehide' | 'pageshow'): Promise<unknown> =>
  page.evaluate((name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);

describe('a tab that is closed, reloaded or put away', { timeout: patience }, () => {
  it('gives its lease to another at once, and is the same worker when it comes back', async () => {
    const served = await serveInProcess({ config: small, pages: inject('pages') });
    served.run.begin();
    const arrive = async (name: string, pace: number): Promise<RawWorker> => {
      const { worker } = await RawWorker.join(served, name);
      worker.ready(pace);
      return worker;
    };
    /** The lease that the tab held, since nobody else had one. @returns milliseconds until `worker` has it */
    const untilLeased = async (worker: RawWorker, happens: () => Promise<unknown>): Promise<number> => {
      const begin = performance.now();
      const [, { blocks }] = await Promise.all([happens(), worker.heard('lease')]);
      expect(blocks).toEqual([0, 1, 2, 3]);
      return performance.now() - begin;
    };
    const { path } = served.directory;
    const sheet = await arrive('holds the sheet', 1_000_000);
    await sheet.heard('evaluate');
    const page = await chromium.newPage();
    page.on('worker', (worker) => void worker.evaluate(hold).catch(() => undefined));
    await page.goto(`${served.url}/?name=Ada&backend=wasm`);
    await workerReady(path, 'Ada');
    const { worker: id } = await statusOf(page);
    /** Ada takes the step again, once whoever has it now has left; and another waits for it. */
    const again = async (before: RawWorker, times: number): Promise<RawWorker> => {
      await logged(
        path,
        'Ada back',
        ({ type, worker, back }) => type === 'worker-joined' && worker === Number(id) && back === true,
      );
      await before.leave();
      await page.waitForSelector('html[data-state="computing"]', { state: 'attached' });
      return arrive(`waits ${times}`, 1);
    };

    const took: Record<string, number> = {};
    let next = await arrive('waits 1', 1);
    took['reloaded'] = await untilLeased(next, () => page.reload());
    next = await again(next, 2);
    took['put away'] = await untilLeased(next, () => transition(page, 'pagehide'));
    await transition(page, 'pageshow');
    next = await again(next, 3);
    expect((await statusOf(page))['worker']).toBe(id);
    took['closed'] = await untilLeased(next, () => page.close());

    // The deadline of Ada's lease is hours away, and no deadline is shorter than this.
    for (const [how, milliseconds] of Object.entries(took)) {
      expect(milliseconds, how).toBeLessThan(deadlineFloor);
    }
    await Promise.all([sheet.leave(), next.leave()]);
    served.run.stop();
    await served.run.ended;
    await served.close();
  });
});

/**
 * Zeros are the worst that can be read back, since no coordinator can tell them from numbers. More cases in tests/long. One
 * after the other: two tabs that wait for one graphics processor, which is software, take ten times as long.
 */
describe('a tab whose WebGL context is lost in the middle of a lease', { timeout: patience }, () => {
  it.each(['its update', 'its part of an exchange'] satisfies Reading[])(
    'reads back zeros, does not send %s, and computes on as the same worker',
    async (reading) => {
      const loss = { frames: 4, at: 'getBufferSubData', forGood: false } as const;
      const run = await trainInTab(system, chromium, `lost in ${reading}`, reading, loss);
      expectRecovery(run, 'webgl');
      // Which computes on wasm.
      const undisturbed = await trainUndisturbed(run.directory);
      expect(await parameterError(run.directory, undisturbed)).toBeLessThan(1e-4);
    },
  );
});

describe('a tab behind a proxy that asks for the coordinator by another name', { timeout: patience }, () => {
  it('says that the coordinator does not take it, names both addresses, and goes on trying', async () => {
    // It waits for one more.
    const served = await serveInProcess({ config: small, waitFor: 2, pages: inject('pages') });
    served.run.begin();
    const proxy = await openProxy(served.url);
    const page = await chromium.newPage();
    await page.goto(`${proxy.url}/?name=Ada&backend=wasm`);
    await page.waitForSelector('html[data-error-code="ORIGIN_FOREIGN"]', { state: 'attached' });
    const shown = (await page.locator('main').textContent()) ?? '';
    for (const text of ['Not admitted', proxy.url, new URL(served.url).host, '--allow-host']) {
      expect(shown).toContain(text);
    }
    // Once the proxy is mended the tab gets in by itself.
    proxy.passOnHost();
    await page.waitForSelector('html[data-worker]', { state: 'attached' });
    expect((await statusOf(page))['errorCode']).toBeUndefined();
    await page.close();
    await proxy.close();
    served.run.stop();
    await served.run.ended;
    await served.close();
  });
});

describe('Chromium on WebGL and Firefox on wasm', { timeout: 2 * patience }, () => {
  /** Long enough for the slower of the two to answer an audit. */
  const config = parseConfig({
    ...small,
    model: { ...small.model, width: 4 },
    batch: { global: 16, microbatch: 4, block: 1 },
    schedule: { ...small.schedule, iterations: 80 },
    evaluation: { ...small.evaluation, every: 1000 },
    // Each record is computed on the other backend too, where that is free.
    audit: { probability: 1 },
  });

  it('train one run, and a tab in the background is spared', async () => {
    const directory = new RunDirectory(join(system.folder, 'mixed'));
    const { path } = directory;
    const served: Served = await serveInProcess({ config, directory, pages: inject('pages') });
    served.run.begin();
    const gate = await holdBack(served);
    const ada = await chromium.newPage();
    const [ben, presenter] = await Promise.all([firefox.newPage(), chromium.newPage()]);
    await Promise.all([
      ada.goto(`${served.url}/?name=Ada&backend=webgl`),
      ben.goto(`${served.url}/?name=Ben`),
      presenter.goto(served.presenter),
    ]);
    await Promise.all([workerReady(path, 'Ada'), workerReady(path, 'Ben')]);
    const { worker: id } = await statusOf(ben);
    const ofBen = ({ worker }: { readonly worker?: number }): boolean => worker === Number(id);

    // Firefox says honestly what it lacks here.
    expect(await ben.$eval('.tests', (list) => list.textContent)).toMatch(/webgl · not used · .*webgl/i);

    const inFront = await firefox.newPage();
    await inFront.bringToFront();
    await logged(
      path,
      'Ben is hidden',
      (event) => event.type === 'worker-availability' && ofBen(event) && event.state === 'hidden',
    );
    // Also where it joins in the background.
    await ben.reload();
    await until('Ben hidden on his page, back as the same worker', async () => {
      const { state, worker } = await statusOf(ben);
      return state === 'hidden' && worker === id ? true : null;
    });
    await presenter
      .locator('.lane-names li', { hasText: 'Ben' })
      .getByText('hidden', { exact: true })
      .waitFor();
    await gate.open();
    await iterationsDone(path, 2);
    // Hidden tabs are asked where nobody else is there.
    expect(await statusOf(ben)).toMatchObject({ state: 'hidden', microbatches: '0' });
    await ben.bringToFront();
    const folder = process.env['GANTRY_SCREENSHOTS'];
    if (folder !== undefined) {
      await ada.screenshot({ path: join(folder, 'chromium-webgl.png'), fullPage: true });
      await ben.screenshot({ path: join(folder, 'firefox-wasm.png'), fullPage: true });
    }
    expect(await served.run.ended).toMatchObject({ outcome: 'complete' });
    await served.close();
    const parts = await contributions(path);
    expect(parts['Ada']).toBeGreaterThan(0);
    expect(parts['Ben']).toBeGreaterThan(0);
    const events = await eventsOf(path);
    const backends = events.flatMap(({ type, backend }) => (type === 'worker-ready' ? [backend] : []));
    expect(new Set(backends)).toEqual(new Set(['webgl', 'wasm']));
    expect(events.filter(({ type }) => type === 'lease-rejected' || type === 'refused')).toEqual([]);
    // What WebGL computes and what wasm does counts as the same.
    expect(events.filter(({ type }) => type.startsWith('audit-') || type === 'worker-quarantined')).toEqual(
      [],
    );
    expect((await summaryOf(path)).leases.audited).toBeGreaterThan(1);
    const error = await parameterError(path, await trainUndisturbed(path));
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(1e-4);
  });
});
