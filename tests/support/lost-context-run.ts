/** A run of one tab that loses its WebGL context: for the short form of these tests and the full one. */
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { expect, inject } from 'vitest';
import { parseConfig, presets, type RunConfig } from '@gantry/shared';
import { RunDirectory } from '../../packages/coordinator/src/run/directory.ts';
import { eventsOf, type LoggedEvent, type System } from './gantry.ts';
import { serveInProcess } from './in-process.ts';
import { loseContext, type Loss, type LossReport } from './lose-context.ts';

/** Settings of runs in which what is read back is sent at once, and does not only wait to be summed. */
export const readings = {
  /** One microbatch a step. */
  'its update': { microbatch: 8, statistics: 'microbatch' },
  /** Two, which exchange what they read back in the middle of a pass. */
  'its part of an exchange': { microbatch: 4, statistics: 'global' },
} as const;
export type Reading = keyof typeof readings;

const small = presets['digits-small'];

function configOf(reading: Reading): RunConfig {
  const { microbatch, statistics } = readings[reading];
  return parseConfig({
    ...small,
    model: { ...small.model, width: 4 },
    batch: { global: 8, microbatch, block: 1 },
    batchNorm: { ...small.batchNorm, statistics },
    schedule: { ...small.schedule, iterations: 4 },
    evaluation: { ...small.evaluation, every: 1000 },
  });
}

export interface TabRun {
  readonly directory: string;
  readonly events: readonly LoggedEvent[];
  readonly report: LossReport;
}

/** @param query - of the tab's address, besides its name */
export async function trainInTab(
  system: System,
  browser: Browser,
  name: string,
  reading: Reading,
  loss: Loss,
  query = '&backend=webgl',
): Promise<TabRun> {
  const directory = new RunDirectory(join(system.folder, name));
  const served = await serveInProcess({ config: configOf(reading), directory, pages: inject('pages') });
  const page = await browser.newPage(); // WebGL complains of its loss, rightly
  try {
    served.run.begin();
    const report = loseContext(page, loss);
    await page.goto(`${served.url}/?name=Ada${query}`);
    expect(await served.run.ended).toMatchObject({ outcome: 'complete' });
    return { directory: directory.path, events: await eventsOf(directory.path), report: report() };
  } finally {
    await page.close();
    await served.close();
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
