/** The full form of what tests/tabs.test.ts has of lost contexts: against the run that nothing happens to on WebGL, and where wasm goes on. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { launchBrowser } from '../support/browser.ts';
import { parameterError, useSystem } from '../support/gantry.ts';
import type { Loss } from '../support/lose-context.ts';
import { expectRecovery, readings, trainInTab, type Reading } from '../support/lost-context-run.ts';
import { trainUndisturbed } from '../support/undisturbed.ts';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
});
afterAll(() => browser.close());

const never: Loss = { frames: Infinity, at: 'readPixels', forGood: false };

describe.each(Object.keys(readings) as Reading[])('a context lost before a tab sends %s', (reading) => {
  let undisturbed = '';
  beforeAll(async () => {
    undisturbed = (await trainInTab(system, browser, `undisturbed, ${reading}`, reading, never)).directory;
  });

  it.each([
    ['zeros are read back', 'getBufferSubData'],
    ['nothing is read back any more', 'readPixels'],
  ] as const)('leaves the result what it is, where %s', async (_, at) => {
    const loss = { frames: 4, at, forGood: false };
    const run = await trainInTab(system, browser, `${at}, ${reading}`, reading, loss);
    expectRecovery(run, 'webgl');
    expect(await parameterError(run.directory, undisturbed)).toBeLessThan(1e-6);
  });

  it('leaves it to wasm, where no context is to be had again', async () => {
    const loss = { frames: 4, at: 'getBufferSubData', forGood: true } as const;
    const run = await trainInTab(system, browser, `for good, ${reading}`, reading, loss, '&threads=1');
    expectRecovery(run, 'wasm');
    expect(await parameterError(run.directory, await trainUndisturbed(run.directory))).toBeLessThan(1e-4);
  });
});
