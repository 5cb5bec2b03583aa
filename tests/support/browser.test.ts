import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser, workerRenderer } from './browser.ts';
import { browserPlaces, findBrowser } from './find-browser.ts';

describe('finding a browser', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
  });

  it.each([
    [
      'linux',
      { PATH: '/usr/local/bin::/usr/bin' },
      '/usr/bin/chromium',
      '/usr/local/bin/google-chrome-stable',
    ],
    [
      'darwin',
      { HOME: '/Users/a' },
      '/Users/a/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
      '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    ],
    [
      'win32',
      { PROGRAMFILES: 'C:\\Program Files', 'PROGRAMFILES(X86)': 'C:\\Program Files (x86)' },
      'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe',
      'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
    ],
  ])('on %s looks where browsers are, Chrome first', (platform, environment, somewhere, first) => {
    const places = browserPlaces(platform, environment);
    expect(places).toContain(somewhere);
    expect(places[0]).toBe(first);
    expect(places.filter((place) => !/^(?:\/|C:\\)/.test(place))).toEqual([]);
  });

  it('takes CHROME_PATH where that is set, and nothing else where it is wrong', async () => {
    vi.stubEnv('CHROME_PATH', process.execPath);
    expect(await findBrowser()).toBe(process.execPath);
    for (const wrong of [join(import.meta.dirname, 'no-such-file'), import.meta.dirname]) {
      vi.stubEnv('CHROME_PATH', wrong);
      await expect(findBrowser()).rejects.toMatchObject({
        code: 'BROWSER_MISSING',
        message: expect.stringContaining(wrong) as string,
      });
    }
  });
});

describe('the browser of tests', () => {
  it.each([
    ['has WebGL in a worker, though there is no GPU', 'software'],
    ['has none anywhere, where that is asked for', 'none'],
  ] as const)('%s', async (_, webgl) => {
    const browser = await launchBrowser({ webgl });
    try {
      expect(typeof (await workerRenderer(browser))).toBe(webgl === 'software' ? 'string' : 'object');
      const page = await browser.newPage();
      const inPage = await page.evaluate(() =>
        ['webgl', 'webgl2'].map((kind) => document.createElement('canvas').getContext(kind) !== null),
      );
      expect(inPage).toEqual(webgl === 'software' ? [true, true] : [false, false]);
    } finally {
      await browser.close();
    }
  });
});
