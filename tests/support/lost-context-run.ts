/** A run of one tab that loses its WebGL context: for the short form of these tests and the full one. */
import type { Browser } from 'playwright-core';
import { expect } from 'vitest';
import { completed, eventsOf, type LoggedEvent, type System } from './gantry.ts';
import { loseContext, type Loss, type LossReport } from './lose-context.ts';

/** Settings of runs in which what is read back is sent at once, and does not only wait to be summed. */
export const readings = {
  /** One microbatch a step. */
  'its update': '--set batch.global=8 --set batch.microbatch=8',
  /** Two, which exchange what they read back in the middle of a pass. */
  'its part of an exchange':
    '--set batch.global=8 --set batch.microbatch=4 --set batchNorm.statistics=global',
} as const;
export type Reading = keyof typeof readings;

const small = '--preset digits-small --iterations 4 --set model.width=4 --set evaluation.every=1000';
const settingsOf = (reading: Reading): readonly string[] => `${small} ${readings[reading]}`.split(' ');

export interface TabRun {
  readonly directory: string;
  readonly events: readonly LoggedEvent[];
  readonly report: LossReport;
}

/** @param query - of the tab's address, besides the join code and its name */
export async function trainInTab(
  system: System,
  browser: Browser,
  name: string,
  reading: Reading,
  loss: Loss,
  query = '&backend=webgl',
): Promise<TabRun> {
  const coordinator = await system.start(name, ['--workers', '0', ...settingsOf(reading)]);
  const { directory } = coordinator;
  const page = await browser.newPage(); // WebGL complains of its loss, rightly
  try {
    const report = loseContext(page, loss);
    await page.goto(`${coordinator.url}/?code=${coordinator.joinCode}&name=Ada${query}`);
    await completed(coordinator);
    return { directory, events: await eventsOf(directory), report: report() };
  } finally {
    await page.close();
  }
}

/** Nothing of what was lost went out, and the same worker came back, to compute on `backend`. */
export function expectRecovery({ events, report }: TabRun, backend: 'webgl' | 'wasm'): void {
  expect(report).toEqual({ lost: 1, sentAfter: 0 });
  const ofType = (type: string): LoggedEvent[] => events.filter((event) => event.type === type);
  expect(ofType('worker-joined').map(({ worker, back }) => [worker, back])).toEqual([
    [1, false],
    [1, true],
  ]);
  expect(ofType('worker-ready').map((event) => event.backend)).toEqual(['webgl', backend]);
  expect(ofType('lease-rejected')).toEqual([]);
}
