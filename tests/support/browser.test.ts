import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { launchBrowser, workerRenderer } from './browser.ts';
import { browserPlaces, chromiumKind, findBrowser, firefoxKind } from './find-browser.ts';

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
    const places = browserPlaces(chromiumKind, platform, environment);
    expect(places).toContain(somewhere);
    expect(places[0]).toBe(first);
    expect(places.filter((place) => !/^(?:\/|C:\\)/.test(place))).toEqual([]);
  });

  it.each([chromiumKind, firefoxKind])(
    'takes $variable where that is set, and nothing else where it is wrong',
    async (kind) => {
      vi.stubEnv(kind.variable, process.execPath);
      expect(await findBrowser(kind)).toBe(process.execPath);
      for (const wrong of [join(import.meta.dirname, 'no-such-file'), import.meta.dirname]) {
        vi.stubEnv(kind.variable, wrong);
        await expect(findBrowser(kind)).rejects.toMatchObject({
          code: 'BROWSER_MISSING',
          message: expect.stringMatching(new RegExp(`^No ${kind.names} found .*${wrong}`)) as string,
        });
      }
    },
  );
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
