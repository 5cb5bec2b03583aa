/** The presenter's page in a real browser, for eyes of any size, for keyboards and for screen readers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { viewNames, type ViewName } from '../packages/coordinator/src/dashboard/views/views.ts';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { patience, useSystem, type Coordinator } from './support/gantry.ts';

const system = useSystem();
let coordinator: Coordinator;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  // Longer than the tests take, with sheets from the beginning.
  const options = ['--preset', 'ring', '--workers', '1', '--iterations', '100000'];
  coordinator = await system.start('presenter', [...options, '--set', 'evaluation.every=20']);
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
  // Small, since a browser without graphics processor draws slowly what nobody looks at.
  page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  await page.goto(coordinator.presenter);
  await page.locator('nav.views').waitFor();
}, patience);
afterAll(() => browser.close());

const show = async (view: ViewName): Promise<void> => {
  // In a field a number is text.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press(String(viewNames.indexOf(view) + 1));
  await page.locator(`.view.${view}`).waitFor();
};

it('shows each view by its number, and keeps it over a reload', { timeout: patience }, async () => {
  for (const view of viewNames) {
    await show(view);
    expect(await page.locator('nav [aria-current=page]').getAttribute('aria-keyshortcuts')).toBe(
      String(viewNames.indexOf(view) + 1),
    );
  }
  await show('curves');
  await page.reload();
  await page.locator('.view.curves').waitFor();
});

it('keeps the token out of the address, which a class can read', () => {
  expect(page.url()).not.toContain(new URL(coordinator.presenter).hash.slice(1));
});

it(
  'has nothing serious against it in any view, by the rules of accessibility',
  { timeout: patience },
  async () => {
    const found: string[] = [];
    for (const view of viewNames) {
      await show(view);
      found.push(...(await seriousFaults(page)).map((fault) => `${view}: ${fault}`));
    }
    expect(found).toEqual([]);
  },
);

it('fits a phone and a small projector in each language', { timeout: patience }, async () => {
  for (const language of ['zh', 'en']) {
    await page.locator('select.language').selectOption(language);
    for (const view of viewNames) {
      await show(view);
      for (const [width, height] of [
        [360, 640],
        [1280, 720],
      ] as const) {
        await page.setViewportSize({ width, height });
        const across = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(across, `${view}, ${language}, ${width} px`).toBeLessThanOrEqual(width);
      }
    }
  }
});

it('is all in the language that was chosen, also after a reload', { timeout: patience }, async () => {
  await page.locator('select.language').selectOption('zh');
  await page.reload();
  await page.locator('nav.views').waitFor();
  expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hans');
  for (const view of viewNames) {
    await show(view);
    const words = await page.locator('main').innerText();
    // Names of workers, layers and units stay as they are; sentences do not.
    expect(words.match(/\b[a-z]+ [a-z]+ [a-z]+\b/g) ?? [], view).toEqual([]);
  }
  await page.locator('select.language').selectOption('en');
});

it('lets the keyboard reach each control, and shows where it is', { timeout: patience }, async () => {
  for (const view of viewNames) {
    await show(view);
    const missed = await page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, select, input, summary, a, [tabindex]')]
        .filter((element) => element.checkVisibility() && !element.matches(':disabled, [tabindex="-1"]'))
        .flatMap((element) => {
          element.focus({ focusVisible: true });
          const seen = getComputedStyle(element).outlineStyle !== 'none';
          return document.activeElement === element && seen ? [] : [element.outerHTML];
        }),
    );
    expect(missed, view).toEqual([]);
  }
});
