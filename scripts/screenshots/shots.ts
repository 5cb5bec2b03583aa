/** What pictures are taken of. */
import type { Page } from 'playwright-core';
import type { Coordinator } from './coordinator.ts';

export interface Shot {
  /** Of the file, without its ending. */
  readonly name: string;
  readonly run: 'waiting' | 'ring' | 'classes' | 'digits';
  /** `report`: that of the run, once it has been stopped. */
  readonly page: 'tab' | 'presenter' | 'report';
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

/** Workers that are ready, in the lobby. */
const gathered =
  (count: number) =>
  async (page: Page): Promise<void> => {
    await page
      .locator('.worker-state.calm')
      .nth(count - 1)
      .waitFor({ timeout: 60_000 });
    await page.getByText(`${count} waiting`).waitFor({ timeout: 60_000 });
    await page.waitForTimeout(500);
  };

/** Corners between which a handle is then dragged. */
async function mix(page: Page, places: readonly number[]): Promise<void> {
  for (const _ of places) await page.getByRole('button', { name: 'Add a corner' }).click();
  for (const [i, place] of places.entries()) {
    await page.getByLabel(`Sample at corner ${'ABCD'[i]}`).fill(String(place));
    await page.keyboard.press('Enter');
  }
  await page.getByLabel('Handle between the corners').focus();
  for (let i = 0; i < 3; i++) await page.keyboard.press('ArrowRight');
  await page.getByText('Drawn by the generator').waitFor({ timeout: 60_000 });
  await page.waitForTimeout(2000);
}

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
  presenter('lobby', 'waiting', 'lobby', 0, { prepare: gathered(4) }),
  presenter('lobby-training', 'ring', 'lobby', 3),
  presenter('now-ring', 'ring', 'now', 20),
  presenter('samples-ring', 'ring', 'samples', 20, { readme: true }),
  presenter('samples-ring-layers', 'ring', 'samples', 0, {
    prepare: async (page) => {
      for (const layer of ['Manifold', 'Gradient arrows']) await page.getByLabel(layer).check();
      await mix(page, [3, 40]);
    },
    readme: true,
  }),
  presenter('curves-ring', 'ring', 'curves', 5),
  presenter('control', 'ring', 'control', 2),
  presenter('share', 'ring', 'share', 2),
  presenter('now-chinese', 'ring', 'now', 3, { query: 'view=now&language=zh' }),
  presenter('now-360', 'ring', 'now', 3, { size: [360, 740] }),
  presenter('curves-360', 'ring', 'curves', 3, { size: [360, 740] }),
  presenter('control-360', 'ring', 'control', 3, { size: [360, 740] }),
  presenter('now-4k', 'ring', 'now', 3, { size: [3840, 2160] }),
  presenter('now-small-projector', 'ring', 'now', 3, { size: [1280, 720] }),
  presenter('samples-digits', 'digits', 'samples', 40),
  presenter('samples-class', 'classes', 'samples', 0, {
    prepare: async (page) => {
      await trained(100)(page);
      await page.getByRole('button', { name: '3', exact: true }).click();
      await page.getByText('Drawn by the generator').waitFor({ timeout: 60_000 });
      await page.waitForTimeout(500);
    },
  }),
  presenter('samples-mixing', 'classes', 'samples', 0, {
    prepare: (page) => mix(page, [1, 2, 7, 10]),
    readme: true,
  }),
  presenter('now-digits', 'classes', 'now', 10, { readme: true }),
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
  {
    name: 'report',
    run: 'classes',
    page: 'report',
    size: projector,
    prepare: async (page) => {
      await page.locator('.chart canvas').first().waitFor();
      await page.waitForTimeout(1000);
    },
  },
  { name: 'tab-desktop', run: 'digits', page: 'tab', size: [1366, 768], prepare: join },
];
