/** The presenter's page in a real browser, for eyes of any size, for keyboards and for screen readers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { viewNames, type ViewName } from '../packages/coordinator/src/dashboard/views/views.ts';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { eventsOf, patience, until, useSystem, workerReady, type Coordinator } from './support/gantry.ts';

const system = useSystem();
let coordinator: Coordinator;
let browser: Browser;
let page: Page;
beforeAll(async () => {
  // Longer than the tests take, with sheets from the beginning.
  const options = ['--preset', 'ring', '--lobby', '--workers', '2', '--iterations', '100000'];
  coordinator = await system.start('presenter', [...options, '--set', 'evaluation.every=20']);
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
  // Small, since a browser without graphics processor draws slowly what nobody looks at.
  page = await browser.newPage({ viewport: { width: 640, height: 480 } });
  await page.goto(coordinator.presenter);
  await page.locator('nav.views').waitFor();
  await Promise.all([1, 2].map((i) => workerReady(coordinator.directory, `this machine ${i}`)));
}, patience);
afterAll(() => browser.close());

const show = async (view: ViewName): Promise<void> => {
  // In a field a number is text.
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press(String(viewNames.indexOf(view) + 1));
  await page.locator(`.view.${view}`).waitFor();
};

const headline = (title: string): Promise<void> =>
  page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor({ timeout: 30_000 });
const lines = async (type: string): ReturnType<typeof eventsOf> =>
  (await eventsOf(coordinator.directory)).filter((line) => line.type === type);
/** Versions at which the run paused, once there are so many. */
const pauses = (count: number): Promise<number[]> =>
  until(`${count} pauses`, async () => {
    const versions = (await lines('paused')).map(({ version }) => Number(version));
    return versions.length >= count ? versions : null;
  });

/** Presses Tab until this has the focus: an id, or the beginning of a text. */
async function tabTo(what: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    // oxlint-disable-next-line no-await-in-loop -- one key after the other
    const focused = await page.evaluate(() => {
      const { id = '', textContent = '' } = document.activeElement ?? {};
      return id === '' ? textContent : id;
    });
    if (focused?.startsWith(what)) return;
    // oxlint-disable-next-line no-await-in-loop -- likewise
    await page.keyboard.press('Tab');
  }
  throw new TypeError(`Tab never comes to ${what}`);
}

it(
  'starts the run, pauses it, goes on by one step and switches a worker off, all by keyboard',
  { timeout: patience },
  async () => {
    await headline('Lobby');
    expect(await lines('step')).toEqual([]);
    await tabTo('Start');
    await page.keyboard.press('Enter');
    await headline('Training');
    await until('a step', async () => (await lines('step')).at(0) ?? null);
    await page.keyboard.press('p');
    await headline('Paused');
    const [first] = await pauses(1);
    await page.keyboard.press('s');
    const [, second] = await pauses(2);
    expect(second).toBe(first + 1);
    await headline('Paused');

    await show('control');
    await tabTo('fault-worker');
    await page.keyboard.press('ArrowDown');
    const name = await page.locator('#fault-worker option:checked').textContent();
    await tabTo('Switch off');
    await page.keyboard.press('Enter');
    await page.getByText(`${name} is switched off.`).waitFor();
    await until('its absence', async () => (await lines('worker-left')).find(({ worker }) => worker === 2));
    const acted = (await lines('presenter-acted')).map(({ action }) => action);
    expect(acted).toEqual(['go-on', 'pause', 'advance', 'play-fault']);
    await page.keyboard.press('p');
    await headline('Training');
  },
);

it(
  'takes a number typed at the speed of people, while what it shows is drawn again',
  { timeout: patience },
  async () => {
    await show('control');
    const field = page.locator('#fault-seconds');
    await field.click();
    await page.keyboard.press('Control+a');
    // Longer than from one message of progress to the next.
    await field.pressSequentially('30', { delay: 600 });
    expect(await field.inputValue()).toBe('30');
  },
);

it('has neither views nor keys that the address hides', { timeout: patience }, async () => {
  const before = await lines('presenter-acted');
  const address = page.url();
  await page.goto(`${address.split('?')[0]}?hide=control,share&view=control`);
  await page.locator('nav.views').waitFor();
  expect(await page.locator('nav').innerText()).not.toContain('Control');
  expect(await page.locator('.run-control').count()).toBe(0);
  for (const key of [String(viewNames.indexOf('control') + 1), 'p', 's', 'o']) {
    // oxlint-disable-next-line no-await-in-loop -- one key after the other
    await page.keyboard.press(key);
  }
  await show('lobby');
  expect(await page.getByRole('button', { name: 'Remove' }).count()).toBe(0);
  expect(await lines('presenter-acted')).toEqual(before);
  await page.goto(address);
  await page.locator('nav.views').waitFor();
});

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

it('has keys that can be switched off, which this browser keeps', { timeout: patience }, async () => {
  await show('share');
  const keys = page.getByRole('checkbox', { name: 'Shortcut keys' });
  await keys.press('Space');
  await page.keyboard.press('2');
  await page.reload();
  await page.locator('.view.share').waitFor();
  expect(await keys.isChecked()).toBe(false);
  await page.keyboard.press('2');
  expect(await page.locator('nav.views [aria-keyshortcuts]').count()).toBe(0);
  expect(await page.locator('.view.share').count()).toBe(1);
  await keys.press('Space');
  await show('now');
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
