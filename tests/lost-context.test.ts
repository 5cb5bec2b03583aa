/**
 * A tab whose WebGL context is lost in the middle of a lease, in a real browser: nothing computed on it is sent. Zeros are
 * the worst that can be read back, since no coordinator can tell them from numbers. More cases in tests/long.
 */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { parameterError, patience, useSystem } from './support/gantry.ts';
import { expectRecovery, trainInTab, type Reading } from './support/lost-context-run.ts';
import { trainUndisturbed } from './support/undisturbed.ts';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

it.concurrent.each(['its update', 'its part of an exchange'] satisfies Reading[])(
  'a tab that reads back zeros from a lost context does not send %s, and computes on as the same worker',
  { timeout: patience },
  async (reading) => {
    const loss = { frames: 4, at: 'getBufferSubData', forGood: false } as const;
    const run = await trainInTab(system, browser, `lost in ${reading}`, reading, loss);
    expectRecovery(run, 'webgl');
    // Which computes on wasm.
    const undisturbed = await trainUndisturbed(run.directory);
    expect(await parameterError(run.directory, undisturbed)).toBeLessThan(1e-4);
  },
);
