/** What a run leaves for people, opened in a real browser without a coordinator: the report, and the page of an export. */
import { createServer } from 'node:http';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, inject, it, onTestFinished } from 'vitest';
import { parseConfig, presetConfig, setField } from '@gantry/shared';
import { Said, newRun } from '../packages/coordinator/test/support/new-run.ts';
import { madeUpLab } from '../packages/coordinator/test/support/made-up-lab.ts';
import { temporaryFolder } from '../packages/coordinator/test/temporary-data.ts';
import { exportRun } from '../packages/coordinator/src/cli/export.ts';
import { report } from '../packages/coordinator/src/cli/report.ts';
import { writeLabReport } from '../packages/coordinator/src/lab/report/write.ts';
import { RunDirectory } from '../packages/coordinator/src/run/directory.ts';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';

/** A page may be slow to draw where others compute. */
const patient = { timeout: 10_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
});
afterAll(() => browser.close());

/** @returns the page, and what it asked for and complained of */
async function open(address: string, locale: string) {
  const page = await browser.newPage({ locale });
  onTestFinished(() => page.close());
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  await page.goto(address);
  return { page, asked, complaints };
}

/** A run of two workers, of whom one was lost, with three sheets. */
async function shortRun(): Promise<string> {
  const directory = new RunDirectory(
    await newRun(presetConfig('ring'), join(await temporaryFolder(), 'short')),
  );
  await mkdir(directory.samples, { recursive: true });
  const lines: object[] = [
    { type: 'started', incarnation: 1, version: 0, iteration: 0 },
    { type: 'worker-joined', worker: 1, name: 'Ada', back: false },
    { type: 'worker-joined', worker: 2, name: 'Grace', back: false },
  ];
  for (let iteration = 0; iteration < 30; iteration++) {
    for (const phase of ['discriminator', 'generator']) {
      const version = 2 * iteration + (phase === 'generator' ? 1 : 0);
      const of = { realAccuracy: 0.7, fakeAccuracy: 0.6, gradientNorms: { dense0: 1 / (iteration + 1) } };
      lines.push({
        type: 'step',
        version,
        iteration,
        phase,
        step: iteration,
        loss: 1 - iteration / 60,
        ...of,
      });
    }
    if (iteration % 10 === 0) {
      lines.push({
        type: 'checkpoint',
        version: 0,
        iteration,
        microbatches: { 1: 3 * iteration, 2: iteration },
      });
    }
  }
  lines.push({ type: 'worker-left', worker: 2, forGood: false });
  const log = lines.map((line, i) => `${JSON.stringify({ time: 1_700_000_000_000 + 500 * i, ...line })}\n`);
  await writeFile(directory.events, log.join(''));
  const png = await sharp({ create: { width: 8, height: 8, channels: 3, background: 'blue' } })
    .png()
    .toBuffer();
  await Promise.all(
    [0, 10, 20].map((iteration) =>
      writeFile(join(directory.samples, `${String(iteration).padStart(8, '0')}.png`), png),
    ),
  );
  return directory.path;
}

const shown = (page: Page): Promise<string | null> => page.locator('.sheet .quiet').first().textContent();

describe('a report', () => {
  it('opens from a file and asks for nothing else; its scrubber works by keyboard, and axe finds nothing', async () => {
    const path = await shortRun();
    await report(path, {}, new Said());
    const file = pathToFileURL(join(path, 'report.html')).href;
    const { page, asked, complaints } = await open(file, 'en-US');
    await page.getByRole('heading', { name: 'short', exact: true }).waitFor();
    expect(await shown(page)).toBe('after iteration 20');
    const scrubber = page.getByRole('slider', { name: 'Sheet' });
    await scrubber.focus();
    await page.keyboard.press('ArrowLeft');
    await expect.poll(() => shown(page), patient).toBe('after iteration 10');
    await page.keyboard.press('Home');
    await expect.poll(() => shown(page), patient).toBe('after iteration 0');
    expect(await page.getByRole('rowheader', { name: 'Grace' }).count()).toBe(1);
    expect(await page.getByRole('row', { name: /Grace/ }).textContent()).toContain('connection lost');
    expect(await page.locator('.chart canvas').count()).toBeGreaterThan(1);
    for (const colorScheme of ['dark', 'light'] as const) {
      // oxlint-disable-next-line no-await-in-loop -- one page, looked at twice
      await page.emulateMedia({ colorScheme });
      // oxlint-disable-next-line no-await-in-loop -- likewise
      expect(await seriousFaults(page), colorScheme).toEqual([]);
    }
    expect(asked.filter((url) => url !== file && !url.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('is in the language asked for, whatever the browser has', async () => {
    const path = await shortRun();
    await report(path, { language: 'zh' }, new Said());
    const { page } = await open(pathToFileURL(join(path, 'report.html')).href, 'en-US');
    await page.getByRole('heading', { name: '谁计算了什么' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hans');
  });
});

const types: Readonly<Record<string, string>> = { html: 'text/html', js: 'text/javascript', css: 'text/css' };

describe("a lab's report", () => {
  it('opens from a file, fits a phone, draws what is chosen, and axe finds nothing', async () => {
    const folder = await temporaryFolder();
    const place = { which: 'made-up.json', settings: [], folder, from: folder };
    const file = pathToFileURL(await writeLabReport(madeUpLab, place, () => undefined)).href;
    const { page, asked, complaints } = await open(file, 'en-US');
    await page.getByRole('heading', { name: 'Is it so?' }).waitFor();
    expect(await page.locator('.answer strong').textContent()).toContain(
      'came to a share of high quality of 0.7',
    );
    const row = page.locator('.forest tbody tr').nth(1);
    expect(await row.textContent()).toContain('+0.1 (+0.0752 to +0.125)');
    await page.getByLabel('Show').first().selectOption('seconds');
    await expect.poll(() => row.textContent(), patient).toContain('2× (2× to 2×)');
    await page.getByRole('button', { name: 'Table' }).first().click();
    const points = page.getByRole('region', { name: 'share of high quality' }).getByRole('row');
    // A head, and three points of each cell; of the fourth those of the one seed that was measured there.
    await expect.poll(() => points.count(), patient).toBe(1 + 4 * 3);
    await page.getByRole('button', { name: 'rate=0.1', exact: true }).click();
    await expect.poll(() => points.count(), patient).toBe(1 + 3 * 3);
    for (const width of [390, 1920]) {
      // oxlint-disable-next-line no-await-in-loop -- one page, looked at twice
      await page.setViewportSize({ width, height: 900 });
      // oxlint-disable-next-line no-await-in-loop -- likewise
      expect(await page.evaluate(() => document.documentElement.scrollWidth), String(width)).toBe(width);
      // oxlint-disable-next-line no-await-in-loop -- likewise
      expect(await seriousFaults(page), String(width)).toEqual([]);
    }
    expect(asked.filter((url) => url !== file && !url.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

/** As any static server does it. @returns its address */
async function serveFolder(folder: string): Promise<string> {
  const server = createServer((request, response) => {
    const name = request.url === '/' ? 'index.html' : (request.url ?? '/').slice(1);
    readFile(join(folder, name)).then(
      (body) =>
        response
          .setHeader('content-type', types[name.split('.').at(-1) ?? ''] ?? 'application/octet-stream')
          .end(body),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("an export's page", () => {
  it('draws from any static server, with nothing from elsewhere; other classes and seeds draw others', async () => {
    const config = ['model.width=8', 'model.latent=4'].reduce((before, assignment) => {
      const [path, value] = assignment.split('=');
      return setField(before, path, value);
    }, presetConfig('digits-conditional'));
    const folder = await temporaryFolder();
    const to = join(folder, 'to');
    await exportRun(await newRun(parseConfig(config), join(folder, 'run')), { to }, new Said());
    const url = await serveFolder(to);
    const { page, asked, complaints } = await open(url, 'en-US');
    const drawn = (): Promise<string> => page.evaluate('document.querySelector("canvas").toDataURL()');
    await page.getByText('64 examples from seed 1').waitFor();
    const first = await drawn();
    await page.getByLabel('Class').selectOption('7');
    await expect.poll(drawn, patient).not.toBe(first);
    const seven = await drawn();
    await page.getByLabel('Class').selectOption('3');
    await expect.poll(drawn, patient).not.toBe(seven);
    const three = await drawn();
    await page.getByLabel('Seed').fill('5');
    await page.keyboard.press('Enter');
    await page.getByText('64 examples from seed 5').waitFor();
    expect(await drawn()).not.toBe(three);
    expect(await seriousFaults(page)).toEqual([]);
    expect(asked.filter((address) => !address.startsWith(url) && !address.startsWith('data:'))).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
