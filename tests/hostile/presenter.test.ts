/** What a presenter's page says wrongly is refused, told to it, and changes nothing: no worker, no control, no line. */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { openDoors, presenterSays } from '../support/doorstep.ts';
import { until } from '../support/gantry.ts';
import { closeOf, RawWorker } from '../support/raw-worker.ts';
import { closeOf as codeOf } from './case.ts';
import { presenterCases } from './cases/presenter.ts';

it('refuses each of them, and closes where that is no slip of a page of ours', async () => {
  const doors = await openDoors();
  await RawWorker.join(doors, 'good');
  const { controls, workers } = doors.run.state;
  const hello = { type: 'hello', token: doors.presenterToken };
  for (const { input, error, message } of presenterCases) {
    // oxlint-disable-next-line no-await-in-loop -- one after another: each shall find the run as it was
    const page = await presenterSays(doors, hello, message);
    if (codeOf({ error }) === null) {
      // oxlint-disable-next-line no-await-in-loop -- likewise
      await until(input, () => page.heard().includes('refused') || null);
      const told = page.said.map((text) => JSON.parse(text) as { type: string; code?: string });
      expect(told.find(({ type }) => type === 'refused')?.code, input).toBe(error);
      expect(page.socket.readyState, input).toBe(page.socket.OPEN);
    } else {
      // oxlint-disable-next-line no-await-in-loop -- likewise
      expect(await page.closed, input).toEqual(closeOf(error));
    }
  }
  expect(doors.run.state.controls).toEqual(controls);
  expect(doors.run.state.workers).toEqual(workers);
  expect(doors.logged).toEqual(presenterCases.map(({ error }) => error));
  expect(await readFile(doors.run.options.directory.events, 'utf8')).not.toContain('presenter-acted');
});
