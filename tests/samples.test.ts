/**
 * The presenter's samples, with a real coordinator and a headless worker: pictures that are asked for over the presenter's
 * socket, and the view in a real browser. With GANTRY_SCREENSHOTS set to a folder, pictures of it are left there.
 */
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { sheetUrls, type Picture, type PresenterMessage } from '@gantry/shared';
import { imageAt, sheetLayout } from '../packages/coordinator/src/samples/grid.ts';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { presenterSays } from './support/doorstep.ts';
import { logged, patience, until, useSystem, type Coordinator } from './support/gantry.ts';
import { closeOf } from './support/raw-worker.ts';

const system = useSystem();
/** Of 16 images of 28 × 28, in ten columns: a class each. */
const options = ['--preset', 'digits-small', '--workers', '1', '--iterations', '100000'];
const set = ['model.conditional=true', 'evaluation.every=2', 'evaluation.samples=20'].flatMap((one) => [
  '--set',
  one,
]);
let coordinator: Coordinator;
let browser: Browser;
beforeAll(async () => {
  coordinator = await system.start('samples', [...options, ...set]);
  await logged(
    coordinator.directory,
    'four sheets',
    ({ type, iteration }) => type === 'sheet' && Number(iteration) >= 6,
  );
}, patience);

type Drawn = Extract<PresenterMessage, { type: 'picture' }>;

async function presenter() {
  const hello = { type: 'hello', token: new URL(coordinator.presenter).hash.slice(1) };
  const page = await presenterSays(coordinator, hello);
  const pictures = (): Drawn[] =>
    page.said.flatMap((text) => {
      const message = JSON.parse(text) as PresenterMessage;
      return message.type === 'picture' ? [message] : [];
    });
  return {
    ...page,
    pictures,
    draw: (ask: number, picture: Picture) => page.socket.send(JSON.stringify({ type: 'draw', ask, picture })),
    answerTo: (ask: number) =>
      until(`picture ${ask}`, () => pictures().find((each) => each.ask === ask) ?? null),
  };
}

const one = (place: number): Picture['samples'][number] => ({ places: [place], weights: [1] });
const size = 28;

/** uint8 [28, 28] of a sheet as it is served: one pixel of each square that stands for it. */
async function imageIn(iteration: number, place: number): Promise<number[]> {
  const answer = await fetch(new URL(sheetUrls(iteration).image, coordinator.url));
  const { data, info } = await sharp(await answer.arrayBuffer())
    .greyscale()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const layout = sheetLayout(20, { height: size, width: size }, 10);
  const left = 1 + (place % layout.columns) * layout.across;
  const top = 1 + Math.floor(place / layout.columns) * layout.down;
  expect(imageAt(layout, 20, left, top)).toBe(place);
  return Array.from({ length: size * size }, (_, pixel) => {
    const x = left + (pixel % size) * layout.scale;
    const y = top + Math.floor(pixel / size) * layout.scale;
    return data[y * info.width + x];
  });
}

describe("a picture asked for over the presenter's socket", { timeout: patience }, () => {
  it('is of the generator that the sheet shows: at its corners the same pixels', async () => {
    const page = await presenter();
    const half = { places: [3, 14], weights: [1, 1] };
    page.draw(5, { samples: [one(3), half, one(14)], class: null });
    const { iteration, pixels = '' } = await page.answerTo(5);
    const bytes = [...Buffer.from(pixels, 'base64')];
    expect(bytes).toHaveLength(3 * size * size);
    expect(bytes.slice(0, size * size)).toEqual(await imageIn(iteration, 3));
    expect(bytes.slice(2 * size * size)).toEqual(await imageIn(iteration, 14));
    page.socket.close();
  });

  it('of another class is another picture', async () => {
    const page = await presenter();
    page.draw(6, { samples: [one(0)], class: 7 });
    const { iteration, pixels = '' } = await page.answerTo(6);
    // Place 0 of the sheet is of class 0.
    expect([...Buffer.from(pixels, 'base64')]).not.toEqual(await imageIn(iteration, 0));
    page.socket.close();
  });

  it('overtakes those that wait, while training goes on', async () => {
    const page = await presenter();
    const asks = Array.from({ length: 40 }, (_, i) => 100 + i);
    for (const ask of asks) page.draw(ask, { samples: [one(ask % 20)], class: null });
    await page.answerTo(139);
    expect(page.pictures().length).toBeLessThan(10);
    const versions = (): number[] =>
      page.said.flatMap((text) => {
        const message = JSON.parse(text) as PresenterMessage;
        return message.type === 'progress' ? [message.version] : [];
      });
    const then = versions().at(-1) ?? 0;
    await until('the next steps', () => ((versions().at(-1) ?? 0) > then ? true : null));
    page.socket.close();
  });

  it('that cannot be of this run closes the page with the reason', async () => {
    const page = await presenter();
    page.draw(7, { samples: [one(20)], class: null });
    expect(await page.closed).toEqual(closeOf('MESSAGE_INVALID'));
  });
});

describe('the view of samples', { timeout: patience }, () => {
  let page: Page;
  beforeAll(async () => {
    browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
    page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    await page.goto(coordinator.presenter.replace('/present/', '/present/?view=samples'));
    await page.waitForSelector('.scrubber');
  }, patience);
  afterAll(() => browser.close());

  const shown = async (): Promise<string> => (await page.locator('.scrubber output').textContent()) ?? '';
  const picture = async (name: string): Promise<void> => {
    const folder = process.env['GANTRY_SCREENSHOTS'];
    if (folder !== undefined) await page.screenshot({ path: join(folder, `${name}.png`) });
  };
  const image = (): Promise<string | null> => page.locator('.image-sheet img').getAttribute('src');

  it('goes through all sheets of the run by keys, and follows the newest again from the end on', async () => {
    await page.keyboard.press('Home');
    expect(await shown()).toBe('iteration 0');
    expect(await image()).toBe(sheetUrls(0).image);
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowLeft');
    expect(await shown()).toBe('iteration 2');
    expect(await image()).toBe(sheetUrls(2).image);
    // What comes meanwhile does not move it.
    const slider = page.locator('.scrub');
    const before = Number(await slider.getAttribute('max'));
    await until('another sheet', async () =>
      Number(await slider.getAttribute('max')) > before ? true : null,
    );
    expect(await shown()).toBe('iteration 2');
    expect(await page.getByRole('button', { name: 'Newest' }).getAttribute('aria-pressed')).toBe('false');
    // It is the iteration that all views look at.
    await page.keyboard.press('4');
    await page.keyboard.press('3');
    expect(await shown()).toBe('iteration 2');
    await page.keyboard.press('End');
    const newest = await shown();
    await until('a newer sheet', async () => ((await shown()) === newest ? null : true));
  });

  it('plays from where it is, or from the beginning, and can be held', async () => {
    await page.getByRole('button', { name: 'Play all sheets' }).click();
    await until('the beginning', async () => (/ (2|4|6|8)$/.test(await shown()) ? true : null));
    await page.getByRole('button', { name: 'Stop playing' }).click();
    const held = await shown();
    await page.getByRole('button', { name: 'Play all sheets' }).click();
    await until('what follows', async () => ((await shown()) === held ? null : true));
    await page.keyboard.press('End');
    expect(await page.getByRole('button', { name: 'Play all sheets' }).count()).toBe(1);
  });

  it('draws what lies between samples that are clicked, and where the handle is dragged', async () => {
    const sheet = await page.locator('.image-sheet').boundingBox();
    if (sheet === null) throw new TypeError('There is no sheet');
    await page.mouse.click(sheet.x + 0.05 * sheet.width, sheet.y + 0.25 * sheet.height);
    await page.mouse.click(sheet.x + 0.95 * sheet.width, sheet.y + 0.75 * sheet.height);
    const corners = page.locator('.corners input');
    expect(await corners.evaluateAll((all) => all.map((each) => (each as HTMLInputElement).value))).toEqual([
      '1',
      '20',
    ]);
    const between = page.locator('.pad canvas');
    await between.waitFor();
    expect(await between.evaluate((canvas: HTMLCanvasElement) => [canvas.width, canvas.height])).toEqual([
      9 * size,
      size,
    ]);
    await page.locator('.mixing > canvas').waitFor();
    const url = (): Promise<string> =>
      page.locator('.mixing > canvas').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    const middle = await url();
    await page.getByRole('slider', { name: 'Handle between the corners' }).focus();
    for (let press = 0; press < 6; press++) await page.keyboard.press('ArrowRight');
    await until('another sample', async () => ((await url()) === middle ? null : true));
    // The keys moved the handle, and not the sheet.
    expect(await page.getByRole('button', { name: 'Newest' }).getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: '7', exact: true }).click();
    await page.locator('.of-class canvas').waitFor();
    expect(await page.locator('.ask-status').textContent()).toMatch(
      /^Drawn by the generator of iteration [\d,]+\.$/,
    );
    await picture('samples-images');
  });

  it('has nothing serious against it, by the rules of accessibility', async () => {
    expect(await seriousFaults(page)).toEqual([]);
  });

  it('fits a phone, in each language', async () => {
    await page.setViewportSize({ width: 360, height: 640 });
    for (const language of ['zh', 'en'] as const) {
      await page.locator('select.language').selectOption(language);
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
      await picture(`samples-phone-${language}`);
    }
  });
});
