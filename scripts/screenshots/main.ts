/**
 * `npm run screenshots`: pictures of every view of both pages, in a real browser, of real runs. They are to be looked
 * at; those that the README shows are put into docs/ as well.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { report } from '../../packages/coordinator/src/cli/report.ts';
import { launchBrowser } from '../../tests/support/browser.ts';
import { startCoordinator, type Coordinator } from './coordinator.ts';
import { shots, type Shot } from './shots.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'screenshots');
const only = process.argv.slice(2);

/** Presets whose runs pictures are taken of, and what they are started with. */
const runs: Readonly<Record<Shot['run'], readonly string[]>> = {
  waiting: ['--preset', 'ring', '--lobby', '--workers', '4', '--set', 'batch.microbatch=8'],
  ring: ['--preset', 'ring', '--iterations', '20000', '--workers', '3', '--set', 'evaluation.every=50'],
  // Sheets of ten columns, a class each, and full rows.
  classes: [
    '--preset',
    'digits-small',
    '--iterations',
    '20000',
    '--workers',
    '4',
    '--set',
    'evaluation.every=20',
    '--set',
    'model.conditional=true',
    '--set',
    'evaluation.samples=60',
  ],
  digits: ['--preset', 'digits', '--iterations', '20000', '--workers', '3', '--set', 'evaluation.every=20'],
};

async function main(): Promise<void> {
  await mkdir(folder, { recursive: true });
  const temporary = await mkdtemp(join(tmpdir(), 'gantry-screenshots-'));
  const browser = await launchBrowser({ webgl: 'none' });
  try {
    for (const [name, options] of Object.entries(runs)) {
      const wanted = shots.filter(
        (shot) => shot.run === name && (only.length === 0 || only.some((part) => shot.name.includes(part))),
      );
      if (wanted.length === 0) continue;
      const path = join(temporary, name);
      const coordinator = await startCoordinator([...options, '--run', path]);
      try {
        for (const shot of wanted) {
          if (shot.page !== 'report') await take(browser, shot, address(coordinator, shot), coordinator);
        }
      } finally {
        await coordinator.stop();
      }
      const reports = wanted.filter(({ page }) => page === 'report');
      if (reports.length > 0) await report(path, {});
      const file = pathToFileURL(join(path, 'report.html')).href;
      for (const shot of reports) await take(browser, shot, file, coordinator);
    }
  } finally {
    await browser.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function take(browser: Browser, shot: Shot, at: string, coordinator: Coordinator): Promise<void> {
  const [width, height] = shot.size;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: shot.dark === false ? 'light' : 'dark',
    deviceScaleFactor: shot.scale ?? 1,
  });
  const page = await context.newPage();
  const troubles: string[] = [];
  page.on('pageerror', (error) => troubles.push(error.message));
  try {
    await page.goto(at);
    await shot.prepare?.(page, coordinator);
    const file = join(folder, `${shot.name}.png`);
    await page.screenshot({ path: file });
    if (shot.readme) await copyFile(file, join(root, 'docs', `${shot.name}.png`));
    const beyond = await overflow(page);
    const notes = [...troubles, ...(beyond > 0 ? [`${beyond} px wider than its window`] : [])];
    process.stdout.write(`${file}${notes.length === 0 ? '' : `  !! ${notes.join('; ')}`}\n`);
  } finally {
    await context.close();
  }
}

function address({ url, token }: Coordinator, { page, query = '' }: Shot): string {
  return page === 'tab' ? `${url}/?${query}` : `${url}/present/?${query}#${token}`;
}

const overflow = (page: Page): Promise<number> =>
  page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);

await main();
