/** What pictures are taken of. */
import type { Page } from 'playwright-core';
import type { Coordinator } from './coordinator.ts';

export interface Shot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly run: 'ring' | 'digits';
  readonly page: 'tab' | 'presenter';
  /** CSS pixels. */
  readonly size: readonly [width: number, height: number];
  /** Device pixels of each of them; 1 without it. */
  readonly scale?: number;
  readonly dark?: boolean;
  /** Of the address, without `?`. */
  readonly query?: string;
  /** Brings the page to what is to be shown. */
  readonly prepare?: (page: Page, coordinator: Coordinator) => Promise<void>;
  /** Shown in the README. */
  readonly readme?: boolean;
}

const projector = [1920, 1080] as const;
const phone = [390, 844] as const;

/** Until training has gone on for a while: [data-iteration] is the tab's, the heading the presenter's. */
const trained =
  (seconds: number) =>
  async (page: Page): Promise<void> => {
    await page.locator('.lamp').waitFor();
    await page.waitForTimeout(1000 * seconds);
  };

const state =
  (name: string) =>
  async (page: Page): Promise<void> => {
    await page.locator(`html[data-state="${name}"]`).waitFor({ timeout: 120_000 });
    await page.waitForTimeout(500);
  };

const join = async (page: Page, { joinCode }: Coordinator): Promise<void> => {
  await page.locator('input.code').fill(joinCode);
  await page.keyboard.press('Enter');
  await page.locator('html[data-microbatches]:not([data-microbatches="0"])').waitFor({ timeout: 120_000 });
  await page.waitForTimeout(3000);
};

const presenter = (
  name: string,
  run: Shot['run'],
  view: string,
  seconds: number,
  more: Partial<Shot> = {},
): Shot => ({
  name,
  run,
  page: 'presenter',
  size: projector,
  query: `view=${view}`,
  prepare: trained(seconds),
  ...more,
});

export const shots: readonly Shot[] = [
  presenter('lobby', 'ring', 'lobby', 3),
  presenter('now-ring', 'ring', 'now', 20),
  presenter('samples-ring', 'ring', 'samples', 20, { readme: true }),
  presenter('curves-ring', 'ring', 'curves', 5),
  presenter('control', 'ring', 'control', 2),
  presenter('share', 'ring', 'share', 2),
  presenter('now-chinese', 'ring', 'now', 3, { query: 'view=now&language=zh' }),
  presenter('now-360', 'ring', 'now', 3, { size: [360, 740] }),
  presenter('curves-360', 'ring', 'curves', 3, { size: [360, 740] }),
  presenter('control-360', 'ring', 'control', 3, { size: [360, 740] }),
  presenter('now-4k', 'ring', 'now', 3, { size: [3840, 2160] }),
  presenter('now-small-projector', 'ring', 'now', 3, { size: [1280, 720] }),
  presenter('now-digits', 'digits', 'now', 40, { readme: true }),
  presenter('samples-digits', 'digits', 'samples', 5),
  presenter('curves-digits', 'digits', 'curves', 5, { readme: true }),
  {
    name: 'tab-join',
    run: 'digits',
    page: 'tab',
    size: phone,
    scale: 2,
    prepare: async (page) => page.locator('input.code').waitFor(),
  },
  {
    name: 'tab-wrong-code',
    run: 'digits',
    page: 'tab',
    size: phone,
    scale: 2,
    prepare: async (page) => {
      await page.locator('input.code').fill('0000');
      await page.keyboard.press('Enter');
      await page.locator('.wrong').waitFor();
    },
  },
  {
    name: 'tab-working',
    run: 'digits',
    page: 'tab',
    size: phone,
    scale: 2,
    prepare: join,
    readme: true,
  },
  { name: 'tab-working-light', run: 'digits', page: 'tab', size: phone, dark: false, prepare: join },
  {
    name: 'tab-working-chinese',
    run: 'digits',
    page: 'tab',
    size: phone,
    query: 'language=zh',
    prepare: join,
  },
  {
    name: 'tab-paused',
    run: 'digits',
    page: 'tab',
    size: phone,
    prepare: async (page, coordinator) => {
      await join(page, coordinator);
      await page.getByRole('button', { name: 'Pause' }).click();
      await state('paused')(page);
    },
  },
  { name: 'tab-desktop', run: 'digits', page: 'tab', size: [1366, 768], prepare: join },
];
