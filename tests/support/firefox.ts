/** Firefox as it is installed, headless, driven through WebDriver BiDi, which it speaks itself. */
import puppeteer, { type Browser } from 'puppeteer-core';

/** In a profile of its own, which goes with it. @param path - as `findBrowser` found it */
export const launchFirefox = (path: string): Promise<Browser> =>
  puppeteer.launch({ browser: 'firefox', executablePath: path, headless: true });
