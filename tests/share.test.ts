/** What the presenter saves of a run and shares: who may have it, what it is, and how the page gives it. */
import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  configFromLink,
  configLink,
  downloads,
  limits,
  presetConfig,
  readSafetensors,
  type Download,
} from '@gantry/shared';
import { configure } from '../packages/coordinator/src/cli/configure.ts';
import { configText } from '../packages/coordinator/src/run/directory.ts';
import { act } from '../packages/coordinator/src/server/presenter/actions.ts';
import { buildPages } from '../packages/coordinator/src/pages/build.ts';
import { seriousFaults } from './support/axe.ts';
import { launchBrowser } from './support/browser.ts';
import { ask, codeIn, openDoors, origin, type Doorstep } from './support/doorstep.ts';

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

const save = async ({ url, presenterToken }: Doorstep, file: Download): Promise<Uint8Array> => {
  const response = await fetch(`${url}/present/download/${file}`, { headers: bearer(presenterToken) });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${file}"`);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return new Uint8Array(await response.arrayBuffer());
};
const textOf = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

describe('what is saved of a run', () => {
  it('is for whoever has the token, in a header: nobody else, and no page from elsewhere', async () => {
    const doors = await openDoors();
    const { presenterToken } = doors;
    for (const file of downloads) {
      const path = `/present/download/${file}`;
      for (const [asked, headers] of [
        [path, {}],
        [path, bearer(doors.joinCode)],
        [`${path}?token=${presenterToken}`, {}],
      ] as const) {
        // oxlint-disable-next-line no-await-in-loop -- likewise
        const answer = await ask(doors, asked, headers);
        expect([answer.status, codeIn(answer)], asked).toEqual([403, 'PRESENTER_TOKEN_WRONG']);
      }
      // oxlint-disable-next-line no-await-in-loop -- likewise
      const foreign = await ask(doors, path, {
        ...bearer(presenterToken),
        origin: 'http://elsewhere.example',
      });
      expect(codeIn(foreign)).toBe('ORIGIN_FOREIGN');
    }
    expect(codeIn(await ask(doors, '/present/download/workers.json', bearer(presenterToken)))).toBe(
      'NOT_FOUND',
    );
  });

  it('cannot be had by trying tokens', async () => {
    const doors = await openDoors();
    const path = '/present/download/config.json';
    for (let i = 0; i < limits.tries.most; i++) {
      // oxlint-disable-next-line no-await-in-loop -- tries are counted one by one
      expect(codeIn(await ask(doors, path, bearer(`guess${i}`)))).toBe('PRESENTER_TOKEN_WRONG');
    }
    const right = await ask(doors, path, bearer(doors.presenterToken));
    expect([right.status, codeIn(right)]).toEqual([429, 'PRESENTER_TRIES']);
  });

  it('is each what it says', async () => {
    const doors = await openDoors();
    const { config, trainer } = doors.run;
    expect(textOf(await save(doors, 'config.json'))).toBe(configText(config));
    const model = unzipSync(await save(doors, 'generator-tfjs.zip'));
    expect(Object.keys(model)).toEqual(
      expect.arrayContaining(['model.json', 'weights.bin', 'index.html', 'example.js', 'tf.min.js']),
    );
    expect(model['weights.bin'].length).toBe(4 * trainer.ema.length);
    const { metadata } = readSafetensors(await save(doors, 'generator.safetensors'));
    expect(metadata).toMatchObject({ preset: 'ring', iteration: '0', weights: 'ema' });
    const sheets = unzipSync(await save(doors, 'samples.zip'));
    expect(textOf(sheets['000000001.png'])).toBe('a sheet');
    doors.run.history.hear({ type: 'step', phase: 'generator', iteration: 4, loss: 0.5 });
    doors.run.history.hear({ type: 'step', phase: 'discriminator', iteration: 4, loss: 1.5 });
    expect(textOf(await save(doors, 'curves.csv'))).toBe(
      'iteration,loss/generator,loss/generator least,loss/generator greatest,' +
        'loss/discriminator,loss/discriminator least,loss/discriminator greatest\r\n' +
        '5,0.5,0.5,0.5,1.5,1.5,1.5\r\n',
    );
    const report = textOf(await save(doors, 'report.html'));
    expect(report).toMatch(/^<!doctype html>/);
    expect(report).toContain('"preset":"ring"');
  });
});

describe('in a browser', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser({ webgl: 'none', path: inject('browserPath') });
  });
  afterAll(() => browser.close());

  it('the Share view saves files and copies what repeats the run, by keyboard, without a token on the screen', async () => {
    const doors = await openDoors({ pages: await buildPages() });
    const page = await browser.newPage({ locale: 'en-US' });
    try {
      await page.goto(`${doors.url}/present/#${doors.presenterToken}`);
      await page.getByRole('button', { name: 'Share' }).focus();
      await page.keyboard.press('Enter');
      const command = page.getByLabel('Command', { exact: true });
      await command.waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      expect(await command.inputValue()).toBe('npm start -- --preset ring');
      await page.getByRole('button', { name: 'Copy: Command', exact: true }).press('Enter');
      await page.getByText('Copied.').waitFor();
      await page
        .locator('body')
        .evaluate((body) => body.insertAdjacentHTML('beforeend', '<textarea></textarea>'));
      await page.locator('textarea').focus();
      await page.keyboard.press('Control+V');
      expect(await page.locator('textarea').inputValue()).toBe('npm start -- --preset ring');

      const link = await page.getByLabel('Link', { exact: true }).inputValue();
      expect(configFromLink(link)).toEqual(doors.run.config);
      // For others, who do not reach this machine's own 127.0.0.1.
      expect(link).toContain(`${origin}/present/#`);
      const altered = page.getByText('Settings were changed');
      expect(await altered.count()).toBe(0);
      act(doors.run, { type: 'set-lengths', lengths: { discriminator: 2, generator: 1 } });
      act(doors.run, { type: 'set-lengths', lengths: null });
      await altered.waitFor();
      const saving = page.waitForEvent('download');
      await page.getByRole('button', { name: 'Save config.json' }).press('Enter');
      const saved = await saving;
      expect(saved.suggestedFilename()).toBe('config.json');
      expect(await readFile(await saved.path(), 'utf8')).toBe(configText(doors.run.config));
      await page.getByText('Saved: config.json.').waitFor();
      expect(page.url() + (await page.content())).not.toContain(doors.presenterToken);
    } finally {
      await page.close();
    }
  });

  it('a link to a configuration opens it for anybody, in their language, and one that is cut off says so', async () => {
    const doors = await openDoors({ pages: await buildPages() });
    const page = await browser.newPage({ locale: 'zh-CN' });
    try {
      const link = configLink(`${doors.url}/present/`, { ...presetConfig('grid'), seed: 9 });
      await page.goto(link);
      await page.getByRole('heading', { name: '分享的配置' }).waitFor();
      expect(await page.getByLabel('命令', { exact: true }).inputValue()).toBe(
        'npm start -- --preset grid --seed 9',
      );
      expect(await seriousFaults(page)).toEqual([]);
      expect(await configure({ config: link })).toEqual({ ...presetConfig('grid'), seed: 9 });
      await page.goto(link.slice(0, -9));
      await page.getByRole('heading', { name: '这个链接中没有可以读取的配置' }).waitFor();
      expect(doors.logged).toEqual([]);
    } finally {
      await page.close();
    }
  });
});
