/**
 * The views Now and Curves of a class of 20 and a run of thousands of iterations, in a real browser: what is pointed at, by
 * pointer or keys, is told, all charts go together, and everything that is drawn can be read as a table.
 */
import { createHash } from 'node:crypto';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { pretendClass, type PretendClass } from './support/pretend-class.ts';

const workers = 20;
let browser: Browser;
let all: PretendClass;
let page: Page;

beforeAll(async () => {
  [browser, all] = await Promise.all([
    launchBrowser({ webgl: 'none', path: inject('browserPath') }),
    pretendClass({ workers, iterations: 3000, pace: 150 }),
  ]);
  // Lanes that do not glide leave the machine to those who look at them.
  page = await browser.newPage({ viewport: { width: 1600, height: 900 }, reducedMotion: 'reduce' });
  await page.goto(all.presenter);
  await page.waitForSelector('nav.views');
}, 60_000);
afterAll(async () => {
  await browser.close();
  await all.close();
});

/** Of a machine that has other things to do as well. */
const soon = { timeout: 20_000 };
const textOf = async (selector: string): Promise<string> => (await page.textContent(selector)) ?? '';
/** Equal where the same is drawn. */
const drawn = async (selector: string): Promise<string> => {
  const picture = await page.$eval(selector, (canvas) => (canvas as HTMLCanvasElement).toDataURL());
  return createHash('sha256').update(picture).digest('hex');
};
/** Until the page is told of a further iteration. */
async function goesOn(): Promise<void> {
  const before = await textOf('.iteration strong');
  await expect.poll(() => textOf('.iteration strong'), soon).not.toBe(before);
}

describe('the view of what happens now', { timeout: 60_000 }, () => {
  it('has a lane for each worker, which goes on by itself until it is paused', async () => {
    await page.keyboard.press('2');
    await page.waitForSelector('.lane-names li');
    expect(await page.locator('.lane-names li').count()).toBe(workers);
    const before = await drawn('.lane-canvas canvas');
    await expect.poll(() => drawn('.lane-canvas canvas'), soon).not.toBe(before);
    await page.getByRole('button', { name: 'Pause the view' }).click();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    await goesOn(); // what was drawn last is from before
    const paused = await drawn('.lane-canvas canvas');
    await goesOn();
    expect(await drawn('.lane-canvas canvas')).toBe(paused);
    await page.getByRole('button', { name: 'Go on' }).click();
  });

  it('tells what a bar is, to the pointer and to arrow keys, and then stands still', async () => {
    const lanes = page.locator('.lane-canvas');
    const { x, y, width } = (await lanes.boundingBox()) ?? { x: 0, y: 0, width: 0 };
    await page.mouse.move(x + width / 2, y + 40);
    await expect.poll(() => textOf('.lane-details'), soon).toMatch(/^virtual \d+ · /);
    await page.mouse.move(0, 0);
    await expect.poll(() => textOf('.lane-details'), soon).toMatch(/^Point at a bar/);
    await lanes.focus();
    const pressed = async (key: string): Promise<string> => {
      const before = await textOf('.lane-details');
      await page.keyboard.press(key);
      await expect.poll(() => textOf('.lane-details'), soon).not.toBe(before);
      return textOf('.lane-details');
    };
    expect(await pressed('ArrowDown')).toMatch(/^virtual 1 · /);
    expect(await pressed('ArrowDown')).toMatch(/^virtual 2 · /);
    // Some are too slow to be asked in each step.
    for (let lane = 3; !/became part of the step/.test(await textOf('.lane-details')); lane++) {
      expect(await pressed('ArrowDown')).toMatch(new RegExp(`^virtual ${lane} · `));
      await page.keyboard.press('ArrowLeft'); // the latest may be open still
    }
    expect(await textOf('.lane-details')).toMatch(/receives .* · computes .* · sends .* · /);
    expect(await page.getByRole('button', { name: 'Go on' }).isVisible()).toBe(true);
    await page.getByRole('button', { name: 'Go on' }).click();
  });

  it('says the same as a table, and how much faster than one worker the class is', async () => {
    await page.locator('.timeline').getByRole('button', { name: 'Table' }).click();
    expect(await page.locator('.timeline tbody tr').count()).toBe(workers);
    const accepted = await page.locator('.timeline tbody td:nth-child(2)').allTextContents();
    expect(accepted.filter((count) => Number(count) > 0).length).toBeGreaterThan(workers / 2);
    await page.locator('.timeline').getByRole('button', { name: 'Table' }).click();
    await expect.poll(() => textOf('.run-progress'), soon).toMatch(/Speed-up[\d.]+×/);
    expect(Number(/Speed-up([\d.]+)×/.exec(await textOf('.run-progress'))?.[1])).toBeGreaterThan(1);
  });

  it('has nothing that keyboards and screen readers could not use', async () => {
    expect(await seriousFaults(page)).toEqual([]);
  });
});

describe('the view of curves', { timeout: 60_000 }, () => {
  const marked = '.pointed:not([hidden])';

  it('marks what is pointed at in all charts and heat maps, and tells its values', async () => {
    await page.keyboard.press('4');
    await page.waitForSelector('.heat-canvas canvas');
    const latest = await textOf('.chart-panel .legend');
    const { x, y, width, height } = (await page.locator('.chart .u-over').first().boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await page.mouse.move(x + width / 3, y + height / 2);
    const panels = await page.locator('.chart-panel, .heat-panel').count();
    await expect.poll(() => page.locator(marked).count(), soon).toBe(panels);
    expect(await textOf('.chart-panel .panel-head')).toMatch(/iteration (9[89]\d|1,0\d\d)/);
    expect(await textOf('.chart-panel .legend')).not.toBe(latest);
    await page.mouse.move(0, 0);
    await expect.poll(() => page.locator(marked).count(), soon).toBe(0);
  });

  it('is read at an iteration by keys, which holds for the other views as well', async () => {
    await page.getByLabel('Look at iteration').focus();
    await page.keyboard.press('Home');
    await expect.poll(() => textOf('.curve-controls output'), soon).toBe('0');
    expect(await page.locator(marked).count()).toBeGreaterThan(2);
    await page.keyboard.press('End');
    await expect.poll(() => textOf('.curve-controls output'), soon).toBe('latest');
  });

  it('shows in all charts what is marked by dragging, until all is asked for', async () => {
    const { x, y, width, height } = (await page.locator('.chart .u-over').first().boundingBox()) ?? {
      x: 0,
      y: 0,
      width: 0,
      height: 0,
    };
    await page.mouse.move(x + width / 4, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x + width / 2, y + height / 2, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(0, 0);
    const reset = page.getByRole('button', { name: /Show all \(now 7\d\d to 1,[45]\d\d\)/ });
    await reset.waitFor();
    // Dragging chose no iteration.
    expect(await page.locator(marked).count()).toBe(0);
    const zoomed = await drawn('.heat-canvas canvas');
    await reset.click();
    await expect.poll(() => drawn('.heat-canvas canvas'), soon).not.toBe(zoomed);
  });

  it('has logarithmic axes, and smooths as much as is asked for', async () => {
    const chart = '.chart canvas';
    for (const name of ['log iterations', 'log values']) {
      const before = await drawn(chart);
      await page.getByLabel(name).check();
      await expect.poll(() => drawn(chart), soon).not.toBe(before);
      await page.getByLabel(name).uncheck();
    }
    const before = await drawn(chart);
    await page.getByLabel('Smoothing').focus();
    await page.keyboard.press('End');
    await expect.poll(() => drawn(chart), soon).not.toBe(before);
  });

  it('says the same as tables: losses, layers by name, and workers whose statistics drift', async () => {
    const table = async (title: string): Promise<string> => {
      const panel = page.locator('section', { has: page.getByRole('heading', { name: title, exact: true }) });
      await panel.getByRole('button', { name: 'Table' }).click();
      return (await panel.locator('table').textContent()) ?? '';
    };
    expect(await table('Losses')).toMatch(/IterationDiscriminatorGenerator\d,\d{3}\d\.\d{3}\d\.\d{3}/);
    expect(await table('Gradient norms: Generator')).toMatch(/dense[\d.e-]+/);
    expect(await table('Batch-norm drift: Generator')).toMatch(/virtual 20[\d.e-]+/);
  });

  it('has nothing that keyboards and screen readers could not use', async () => {
    expect(await seriousFaults(page)).toEqual([]);
    const open = page.getByRole('button', { name: 'Table', pressed: true });
    while ((await open.count()) > 0) await open.first().click();
    expect(await seriousFaults(page)).toEqual([]);
  });
});
