/**
 * The tab in a real browser: every state of it, for eyes, keyboards and screen readers; and what its user can do, with a
 * real coordinator. With GANTRY_SCREENSHOTS set to a folder, pictures of each state are left there.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { eventsOf, logged, patience, until, useSystem, type Coordinator } from './support/gantry.ts';
import { servePage, type ServedPage } from './support/serve-page.ts';
import { statusOf } from './support/tab-page.ts';
import type { TabState } from './support/tab-states-page.tsx';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

describe('each state of the tab', () => {
  let served: ServedPage;
  let page: Page;
  let states: readonly TabState[];
  beforeAll(async () => {
    const file = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
    served = await servePage(file('support/tab-states-page.tsx'));
    page = await browser.newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => 'showTab' in globalThis);
    await page.addStyleTag({
      content: await readFile(file('../packages/worker/src/tab/styles.css'), 'utf8'),
    });
    states = await page.evaluate(() => tabStateNames);
  }, patience);
  afterAll(() => served.close());

  const alike = /^waiting for (?!others)|^no part|^drawing|^lost|^full|^hidden|^put aside/;
  const show = (state: TabState, language: 'en' | 'zh'): Promise<void> =>
    page.evaluate(([name, chosen]) => showTab(name, chosen), [state, language] as const);

  it(
    'has nothing serious against it, by the rules of accessibility, in light and dark',
    { timeout: patience },
    async () => {
      const found: string[] = [];
      // The others have the same parts with other words.
      const unlike = states.filter((state) => !alike.test(state));
      for (const [i, state] of unlike.entries()) {
        await page.emulateMedia({ colorScheme: i % 2 === 0 ? 'light' : 'dark' });
        await show(state, 'en');
        found.push(...(await seriousFaults(page)).map((fault) => `${state}: ${fault}`));
      }
      expect(found).toEqual([]);
      expect(unlike.length).toBeGreaterThan(10);
    },
  );

  it('fits a phone in each language', async () => {
    const folder = process.env['GANTRY_SCREENSHOTS'];
    // What fits the narrowest fits all; the others are for pictures.
    const sizes = [
      [360, 640],
      ...(folder === undefined
        ? []
        : [
            [390, 844],
            [1280, 800],
          ]),
    ];
    for (const [width, height] of sizes) {
      await page.setViewportSize({ width, height });
      for (const language of ['en', 'zh'] as const) {
        for (const state of states) {
          await show(state, language);
          const across = await page.evaluate(() => document.documentElement.scrollWidth);
          expect(across, `${state}, ${language}, ${width} px`).toBeLessThanOrEqual(width);
          if (folder === undefined) continue;
          const name = `tab-${state.replaceAll(' ', '-')}-${language}-${width}.png`;
          await page.screenshot({ path: join(folder, name), fullPage: true });
        }
      }
    }
  });
});

describe('with a coordinator', () => {
  let coordinator: Coordinator;
  let laptop: BrowserContext;
  let page: Page;
  beforeAll(async () => {
    // Longer than the tests take.
    const options = ['--workers', '0', '--preset', 'ring', '--iterations', '100000'];
    coordinator = await system.start('tab', [...options, '--set', 'evaluation.every=50']);
    laptop = await browser.newContext();
    page = await laptop.newPage();
    await page.goto(coordinator.url);
  }, patience);
  afterAll(() => coordinator.signal('SIGKILL'));

  const title = (): Promise<string> => page.getByRole('heading', { level: 2 }).first().innerText();
  const inState = (state: string): Promise<unknown> =>
    page.waitForSelector(`html[data-state="${state}"]`, { state: 'attached' });
  const announced = (): Promise<string> => page.getByRole('status').first().innerText();
  /** Moves the focus on by the keyboard until it is on what is called so. */
  async function tabTo(name: string): Promise<void> {
    for (let i = 0; i < 30; i++) {
      const focused = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === document.body) return '';
        const labels = element instanceof HTMLInputElement ? [...(element.labels ?? [])] : [];
        return (labels[0] ?? element)?.textContent ?? '';
      });
      if (focused.includes(name)) return;
      await page.keyboard.press('Tab');
    }
    throw new TypeError(`No Tab leads to "${name}"`);
  }

  it(
    'is joined by the keyboard alone, after a wrong code that is explained',
    { timeout: patience },
    async () => {
      await page.getByLabel('Join code').waitFor();
      await page.keyboard.type('AAAA'); // it has the focus
      await page.keyboard.press('Enter');
      const alert = page.getByRole('alert');
      await alert.waitFor();
      expect(await alert.innerText()).toContain('compare each letter');
      const code = page.getByLabel('Join code');
      expect(await code.getAttribute('aria-invalid')).toBe('true');
      expect(await seriousFaults(page)).toEqual([]);
      // The focus is on it again.
      await page.keyboard.press('ControlOrMeta+A');
      await page.keyboard.type(coordinator.joinCode.toLowerCase());
      await page.keyboard.press('Enter');
      await inState('computing');
      // Nobody gave it a name: it has that of an animal.
      expect(await page.locator('.name strong').innerText()).toMatch(/^[A-Z][a-z]+$/);
      expect(await title()).toBe('Working');
      expect(await announced()).toMatch(/^Working\./);
      // The address of this test is a secure context, and the tab is in front.
      await page.getByText('The screen stays on').waitFor();
      expect(await seriousFaults(page)).toEqual([]);
    },
  );

  it('has the symbol that the projector shows', async () => {
    const { worker } = await statusOf(page);
    const presenter = await browser.newPage();
    await presenter.goto(coordinator.presenter);
    const shape = presenter.locator('.identity path').first();
    await shape.waitFor();
    const drawn = await shape.getAttribute('d');
    await presenter.close();
    expect(worker).toBe('1');
    expect(await page.locator('.symbol path').getAttribute('d')).toBe(drawn);
    expect(await page.locator('.symbol').innerText()).toContain('amber square');
  });

  it('is renamed, and stays the same worker', async () => {
    const { worker } = await statusOf(page);
    const joins = async (): Promise<number> =>
      (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'worker-joined').length;
    const before = await joins();
    await page.getByRole('button', { name: 'Change name' }).click();
    await page.keyboard.press('ControlOrMeta+A');
    await page.keyboard.type('Emmy');
    await page.keyboard.press('Enter');
    await page.waitForSelector('html[data-name="Emmy"][data-state="computing"]', { state: 'attached' });
    expect((await statusOf(page))['worker']).toBe(worker);
    expect(await page.locator('.name strong').innerText()).toBe('Emmy');
    expect(await joins()).toBe(before); // its work went on
  });

  it('computes less of the time when asked to, by the keyboard, and no lease is late for that', async () => {
    const slider = page.getByRole('slider');
    await slider.focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowLeft');
    await page.waitForSelector('html[data-load="0.25"]', { state: 'attached' });
    expect(await slider.getAttribute('aria-valuetext')).toBe('25% of the time');
    const expired = async (): Promise<number> =>
      (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'lease-expired').length;
    const before = await expired();
    const { version } = await statusOf(page);
    await until('twenty more steps', async () =>
      Number((await statusOf(page))['version']) >= Number(version) + 20 ? true : null,
    );
    await page.getByText('25% of the time').first().waitFor();
    expect(await expired()).toBe(before);
    await slider.focus();
    await page.keyboard.press('End');
    await page.waitForSelector('html[data-load="1"]', { state: 'attached' });
  });

  it('speaks Chinese when asked to, also after a reload', async () => {
    await page.getByRole('combobox', { name: 'Language' }).selectOption('zh');
    await page.getByText('正在工作').first().waitFor();
    await page.reload();
    await inState('computing');
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('zh-Hans');
    expect(await title()).toBe('正在工作');
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('combobox', { name: '语言' }).selectOption('en');
  });

  it('is paused and goes on by the keyboard', async () => {
    await tabTo('Pause');
    await page.keyboard.press('Enter');
    await inState('paused');
    expect(await title()).toBe('Paused by you');
    expect(await announced()).toMatch(/^Paused by you\./);
    await logged(
      coordinator.directory,
      'its pause',
      ({ type, state }) => type === 'worker-availability' && state === 'paused',
    );
    await tabTo('Continue');
    await page.keyboard.press('Enter');
    await inState('computing');
  });

  it('leaves, which gives its lease back at once, and may join again', async () => {
    const before = await statusOf(page);
    await page.getByRole('button', { name: 'Leave' }).click();
    await inState('left');
    expect(await title()).toBe('You have left');
    await logged(
      coordinator.directory,
      'that it left for good',
      ({ type, forGood }) => type === 'worker-left' && forGood === true,
    );
    expect(await seriousFaults(page)).toEqual([]);
    await page.getByRole('button', { name: 'Join again' }).click();
    await inState('computing');
    expect((await statusOf(page))['worker']).not.toBe(before['worker']);
  });
});
