/** A tab that is closed, reloaded or put away holds a lease no longer than that takes, in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { deadlineFloor } from '../packages/coordinator/src/core/deadline.ts';
import { logged, patience, useSystem, workerReady, type Coordinator } from './support/gantry.ts';
import { RawWorker } from './support/raw-worker.ts';
import { statusOf } from './support/tab-page.ts';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

/** Runs in the Web Worker: takes a lease and never answers. It passes for so slow that no deadline will come. */
function hold(): void {
  type Data = Parameters<WebSocket['send']>[0];
  const { send } = WebSocket.prototype as { readonly send: (this: WebSocket, data: Data) => void };
  WebSocket.prototype.send = function (data: Data) {
    if (typeof data !== 'string') return;
    const message = JSON.parse(data) as { type: string };
    const slow = message.type === 'ready' ? { millisecondsPerMicrobatch: 1_000_000 } : {};
    send.call(this, JSON.stringify({ ...message, ...slow }));
  };
}

async function join(coordinator: Coordinator, name: string, pace: number): Promise<RawWorker> {
  const { worker } = await RawWorker.join(coordinator, name);
  worker.ready(pace);
  return worker;
}

/** The lease that the tab held, since nobody else had one. @returns milliseconds until `worker` has it */
async function untilLeased(worker: RawWorker, happens: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  const [, { blocks }] = await Promise.all([happens(), worker.heard('lease')]);
  expect(blocks).toEqual([0, 1, 2, 3]);
  return performance.now() - begin;
}

/** As the browser tells a page that it puts away for the way back, or takes out again. */
const transition = (page: Page, type: 'pagehide' | 'pageshow'): Promise<unknown> =>
  page.evaluate((name) => window.dispatchEvent(new PageTransitionEvent(name, { persisted: true })), type);

it(
  'its lease goes to another at once, and who comes back is the same worker',
  { timeout: patience },
  async () => {
    const coordinator = await system.start('closed', ['--workers', '0', '--preset', 'digits-small']);
    const { directory, url, joinCode } = coordinator;
    const sheet = await join(coordinator, 'holds the sheet', 1_000_000);
    await sheet.heard('evaluate');
    const page = await browser.newPage();
    page.on('worker', (worker) => void worker.evaluate(hold).catch(() => undefined));
    await page.goto(`${url}/?code=${joinCode}&name=Ada`);
    await workerReady(directory, 'Ada');
    const { worker: id } = await statusOf(page);
    /** Ada takes the step again, once whoever has it now has left; and another waits for it. */
    const again = async (before: RawWorker, times: number): Promise<RawWorker> => {
      await logged(
        directory,
        'Ada back',
        ({ type, worker, back }) => type === 'worker-joined' && worker === Number(id) && back === true,
      );
      await before.leave();
      await page.waitForSelector('html[data-state="computing"]', { state: 'attached' });
      return join(coordinator, `waits ${times}`, 1);
    };

    const took: Record<string, number> = {};
    let next = await join(coordinator, 'waits 1', 1);
    took['reloaded'] = await untilLeased(next, () => page.reload());
    next = await again(next, 2);
    took['put away'] = await untilLeased(next, () => transition(page, 'pagehide'));
    await transition(page, 'pageshow');
    next = await again(next, 3);
    expect((await statusOf(page))['worker']).toBe(id);
    took['closed'] = await untilLeased(next, () => page.close());

    // The deadline of Ada's lease is hours away, and no deadline is shorter than this.
    for (const [how, milliseconds] of Object.entries(took)) {
      expect(milliseconds, how).toBeLessThan(deadlineFloor);
    }
    coordinator.signal('SIGKILL');
  },
);
