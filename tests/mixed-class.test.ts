/** A mixed class: a Chromium tab on WebGL and a Firefox tab, which without a GPU falls back to wasm, train in one run. */
import { join } from 'node:path';
import type { Browser as Chromium } from 'playwright-core';
import type { Browser as Firefox } from 'puppeteer-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { launchFirefox } from './support/firefox.ts';
import {
  completed,
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
import { holdBack } from './support/raw-worker.ts';
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

/** Long enough for the slower of the two to answer an audit. */
const training = '--preset digits-small --iterations 80 --set evaluation.every=1000';
const small = '--set batch.global=16 --set batch.microbatch=4 --set model.width=4';
/** Each record is computed on the other backend too, where that is free. */
const settings = `${training} ${small} --set audit.probability=1`.split(' ');

it(
  'Chromium on WebGL and Firefox on wasm train one run, and a tab in the background is spared',
  { timeout: 2 * patience }, // two browsers, one of them twice
  async () => {
    const coordinator = await system.start('mixed', ['--workers', '0', ...settings]);
    const { directory, url, joinCode } = coordinator;
    const gate = await holdBack(coordinator);
    const ada = await chromium.newPage();
    const [ben, presenter] = await Promise.all([firefox.newPage(), chromium.newPage()]);
    await Promise.all([
      ada.goto(`${url}/?code=${joinCode}&name=Ada&backend=webgl`),
      ben.goto(`${url}/?code=${joinCode}&name=Ben`),
      presenter.goto(coordinator.presenter),
    ]);
    await Promise.all([workerReady(directory, 'Ada'), workerReady(directory, 'Ben')]);
    const { worker: id } = await statusOf(ben);
    const ofBen = ({ worker }: { readonly worker?: number }): boolean => worker === Number(id);

    // Firefox says honestly what it lacks here.
    expect(await ben.$eval('.tests', (list) => list.textContent)).toMatch(/webgl · not used · .*webgl/i);

    const inFront = await firefox.newPage();
    await inFront.bringToFront();
    await logged(
      directory,
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
    await iterationsDone(directory, 2);
    // Hidden tabs are asked where nobody else is there.
    expect(await statusOf(ben)).toMatchObject({ state: 'hidden', microbatches: '0' });
    await ben.bringToFront();
    const folder = process.env['GANTRY_SCREENSHOTS'];
    if (folder !== undefined) {
      await ada.screenshot({ path: join(folder, 'chromium-webgl.png'), fullPage: true });
      await ben.screenshot({ path: join(folder, 'firefox-wasm.png'), fullPage: true });
    }
    await completed(coordinator);
    const parts = await contributions(directory);
    expect(parts['Ada']).toBeGreaterThan(0);
    expect(parts['Ben']).toBeGreaterThan(0);
    const events = await eventsOf(directory);
    const backends = events.flatMap(({ type, backend }) => (type === 'worker-ready' ? [backend] : []));
    expect(new Set(backends)).toEqual(new Set(['webgl', 'wasm']));
    expect(events.filter(({ type }) => type === 'lease-rejected' || type === 'refused')).toEqual([]);
    // What WebGL computes and what wasm does counts as the same.
    expect(events.filter(({ type }) => type.startsWith('audit-') || type === 'worker-quarantined')).toEqual(
      [],
    );
    expect((await summaryOf(directory)).leases.audited).toBeGreaterThan(1);
    const error = await parameterError(directory, await trainUndisturbed(directory));
    expect(error).toBeGreaterThan(0);
    expect(error).toBeLessThan(1e-4);
  },
);
