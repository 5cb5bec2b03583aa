import { errorText } from '@gantry/shared';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../support/browser.ts';
import { pretendClass } from '../../support/pretend-class.ts';
import { alternate } from '../harness/pairs.ts';
import { median } from '../harness/statistics.ts';
import type { Row } from '../harness/row.ts';

const workers = 60;
const iterations = 50_000;
/** Milliseconds of a usual machine's part of a step: about four steps a second. */
const pace = 150;
const pairs = 6;
/** Seconds in which frames are counted. */
const counted = 5;
/** Milliseconds in which a page that has just come has drawn everything. */
const settled = 2000;
const views = ['now', 'curves'] as const;

/** As text: what is bundled for Node is not for pages. */
const countFrames = `new Promise((resolve) => {
  let frames = 0;
  const end = performance.now() + ${1000 * counted};
  const frame = (now) => {
    frames += 1;
    if (now < end) requestAnimationFrame(frame);
    else resolve(frames / ${counted});
  };
  requestAnimationFrame(frame);
})`;

export const presenterPageFps: Row = {
  name: 'presenter-page-fps/60x50k',
  about: `Frames a second of the presenter's page with ${workers} simulated workers and ${iterations} iterations behind it, against an empty page.`,
  async measure(bench) {
    let browser: Browser;
    try {
      browser = await launchBrowser({ webgl: 'none' });
    } catch (error) {
      return { skipped: errorText(error) };
    }
    const all = await pretendClass({ workers, iterations, pace });
    try {
      const bytes = { first: 0, later: 0, since: 0 };
      const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
      page.on('websocket', (socket) =>
        socket.on('framereceived', ({ payload }) => {
          bytes.since ||= performance.now();
          bytes[performance.now() - bytes.since < settled ? 'first' : 'later'] += payload.length;
        }),
      );
      await page.goto(all.presenter);
      const empty = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
      const found = { now: [] as number[], curves: [] as number[] };
      let turn = 0;
      const ours = async (): Promise<number> => {
        const view = views[turn++ % views.length];
        await page.bringToFront();
        await page.keyboard.press(view === 'now' ? '2' : '4');
        await page.waitForTimeout(settled);
        const frames = await framesOf(page);
        found[view].push(frames);
        return frames;
      };
      const theirs = async (): Promise<number> => {
        await empty.bringToFront();
        return framesOf(empty);
      };
      const measured = await alternate(pairs, { value: ours, baseline: theirs }, (pair, of) =>
        bench.progress(`pair ${pair} of ${of}`),
      );
      return {
        unit: 'frames/s',
        against: 'an empty page in the same browser',
        pairs: measured,
        bounds: [{ of: 'value', atLeast: 30 }],
        limit: 'the browser draws on the processor here, and shares it with the simulated class',
        details: {
          'frames/s on Now': median(found.now),
          'frames/s on Curves': median(found.curves),
          'kB at first': bytes.first / 1000,
          'kB/s': bytes.later / (performance.now() - bytes.since - settled),
        },
      };
    } finally {
      await browser.close();
      await all.close();
    }
  },
};

const framesOf = (page: Page): Promise<number> => page.evaluate<number>(countFrames);
