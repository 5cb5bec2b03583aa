/** A network on which nothing comes for a while, as a tab shows it in a real browser. */
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type { Browser } from 'playwright-core';
import { launchBrowser } from '../support/browser.ts';
import { eventsOf, patience, useSystem } from '../support/gantry.ts';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

it(
  'a tab says that it waits for the network when nothing comes over it, and goes on by itself',
  { timeout: patience },
  async () => {
    const options = ['--workers', '0', '--preset', 'ring', '--iterations', '100000'];
    const coordinator = await system.start('silent', options);
    const page = await browser.newPage();
    await page.goto(`${coordinator.url}/?code=${coordinator.joinCode}`);
    await page.getByRole('heading', { name: 'Working' }).waitFor();
    system.freeze(coordinator.pid);
    await page.getByRole('heading', { name: 'Waiting for the network' }).waitFor();
    system.thaw(coordinator.pid);
    await page.getByRole('heading', { name: 'Working' }).waitFor();
    const joins = (await eventsOf(coordinator.directory)).filter(({ type }) => type === 'worker-joined');
    expect(joins).toHaveLength(1);
  },
);
