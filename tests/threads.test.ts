/** Threads in a real browser: where the page is isolated, and the same bits as without. */
import { request, type IncomingHttpHeaders } from 'node:http';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { launchBrowser } from './support/browser.ts';
import { completed, differences, patience, useSystem } from './support/gantry.ts';

const system = useSystem();
let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
}, patience);
afterAll(() => browser.close());

const options = ['--preset', 'digits-small', '--iterations', '2'];

/** Makes Web Workers see four processors: TensorFlow.js has no more threads than half of them. */
function fourProcessors(): void {
  const Real = globalThis.Worker;
  globalThis.Worker = class extends Real {
    constructor(url: string | URL, about?: WorkerOptions) {
      const text = `Object.defineProperty(navigator, 'hardwareConcurrency', { value: 4 });
        import(${JSON.stringify(String(url))});`;
      super(URL.createObjectURL(new Blob([text], { type: 'text/javascript' })), about);
    }
  };
}

/** Headers of the page for a browser that came to it under that name. */
const headersFor = (address: string, host: string): Promise<IncomingHttpHeaders> =>
  new Promise((resolve, reject) => {
    const asked = request(address, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.headers);
    });
    asked.on('error', reject).end();
  });

it(
  'a tab on this machine computes with two threads what one thread computes',
  { timeout: patience },
  async () => {
    const alone = await system.train('one-thread', [...options, '--workers', '1']);
    const coordinator = await system.start('two-threads', [...options, '--workers', '0'], 'stays');
    const page = await browser.newPage();
    const complaints: string[] = [];
    const modules: string[] = [];
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', ({ message }) => complaints.push(message));
    page.on('request', (asked) => {
      if (asked.url().endsWith('.wasm')) modules.push(new URL(asked.url()).pathname);
    });
    await page.addInitScript(fourProcessors);
    await page.goto(`${coordinator.url}/?code=${coordinator.joinCode}&backend=wasm&threads=2`);
    await page.waitForSelector('html[data-state="staying"]', { state: 'attached', timeout: 60_000 });
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await page.getAttribute('html', 'data-threads')).toBe('2');
    expect(modules).toEqual([expect.stringContaining('threaded-simd')]);
    expect(complaints).toEqual([]);
    coordinator.signal('SIGINT');
    await completed(coordinator);
    expect(await differences(alone, coordinator.directory)).toEqual([]);
  },
);

it('pages are isolated where browsers heed it, and nowhere else', { timeout: patience }, async () => {
  const coordinator = await system.start('headers', [...options, '--workers', '0']);
  const { url } = coordinator;
  const [opener, embedder] = ['cross-origin-opener-policy', 'cross-origin-embedder-policy'];
  for (const host of ['localhost', '127.0.0.1:1234', '[::1]:80']) {
    // oxlint-disable-next-line no-await-in-loop
    const headers = await headersFor(url, host);
    expect([headers[opener], headers[embedder]], host).toEqual(['same-origin', 'require-corp']);
    expect(headers['cross-origin-resource-policy'], host).toBe('same-origin');
    expect(headers['content-security-policy'], host).toMatch(/script-src [^;]*blob:/);
  }
  for (const host of [
    '192.168.1.5:7777',
    'teacher.local',
    'localhost.example.org',
    '127.0.0.1.example.org',
  ]) {
    // oxlint-disable-next-line no-await-in-loop
    const headers = await headersFor(url, host);
    expect([headers[opener], headers[embedder]], host).toEqual([undefined, undefined]);
    expect(headers['content-security-policy'], host).not.toMatch(/script-src [^;]*blob:/);
  }
  coordinator.signal('SIGKILL');
});
