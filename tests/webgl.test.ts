/** PyTorch's numbers (tests/golden/generate.py) on WebGL, in a real browser. */
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { phaseNames } from '@gantry/shared';
import { drawingTolerance, tolerance } from '../packages/worker/src/compute/known-answer/error.ts';
import { launchBrowser } from './support/browser.ts';
import { goldenConfigs, stepErrors } from './support/golden.ts';
import { openGolden } from './support/golden-files.ts';
import { servePage, type ServedPage } from './support/serve-page.ts';

/** Milliseconds to bundle the page and start a browser without a GPU. */
const patience = 60_000;

let browser: Browser;
let served: ServedPage;
let page: Page;
beforeAll(async () => {
  const entry = fileURLToPath(new URL('support/webgl-page.ts', import.meta.url));
  [served, browser] = await Promise.all([
    servePage(entry),
    launchBrowser({ webgl: 'software', path: inject('browserPath') }),
  ]);
  page = await browser.newPage();
  await page.goto(served.url);
  await page.waitForFunction(() => 'computeGolden' in globalThis);
}, patience);
afterAll(() => Promise.all([browser.close(), served.close()]));

const cases = [
  ['mlp-non-saturating', 8],
  ['dcgan-microbatch8', 8],
  ['dcgan-global', 8],
  ['dcgan-least-squares', 8],
  ['dcgan-hinge', 8],
  ['dcgan-r1', 8],
  ['dcgan-wgan-gp', 8],
] as const;

describe('on WebGL', () => {
  it.each(cases)(
    "agrees with PyTorch's steps: %s in microbatches of %d",
    { timeout: patience },
    async (name, microbatch) => {
      const found = await page.evaluate(([given, size]) => computeGolden(given, size), [
        name,
        microbatch,
      ] as const);
      expect(found.map(({ phase }) => phase)).toEqual(phaseNames);
      const golden = openGolden(name, goldenConfigs[name](microbatch));
      for (const step of found) {
        for (const [what, error] of Object.entries(stepErrors(golden, step))) {
          expect(error, `${step.phase} ${what}`).toBeLessThanOrEqual(1e-4);
        }
      }
    },
  );
});

it(
  'of 16 bits is too coarse to train, and good enough to draw: to half a level of grey',
  { timeout: patience },
  async () => {
    const full = await page.evaluate(() => drawOnWebgl());
    const coarse = await browser.newPage();
    // As a device that cannot render to textures of 32 bits.
    await coarse.addInitScript({
      content: `
        const { getExtension } = WebGL2RenderingContext.prototype;
        WebGL2RenderingContext.prototype.getExtension = function (name) {
          return name === 'EXT_color_buffer_float' ? null : getExtension.call(this, name);
        };`,
    });
    await coarse.goto(served.url);
    await coarse.waitForFunction(() => 'drawOnWebgl' in globalThis);
    const half = await coarse.evaluate(() => drawOnWebgl());

    expect(full.error).toBeLessThan(tolerance);
    expect(half.error).toBeGreaterThan(tolerance);
    expect(half.error).toBeLessThan(drawingTolerance);
    expect(half.drawn).toHaveLength(full.drawn.length);
    const worst = Math.max(...half.drawn.map((value, i) => Math.abs(value - full.drawn[i])));
    expect(worst).toBeGreaterThan(0);
    expect(worst * 127.5).toBeLessThan(0.5);
  },
);
