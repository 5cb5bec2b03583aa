/**
 * `npm run screenshots`: pictures of every view of both pages, in a real browser, of real runs. They are to be looked
 * at; those that the README shows are put into docs/ as well.
 */
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../../tests/support/browser.ts';
import { startCoordinator, type Coordinator } from './coordinator.ts';
import { shots, type Shot } from './shots.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = join(root, 'screenshots');
const only = process.argv.slice(2);

/** Presets whose runs pictures are taken of, and what they are started with. */
const runs = {
  ring: ['--preset', 'ring', '--iterations', '20000', '--workers', '2', '--set', 'evaluation.every=50'],
  digits: ['--preset', 'digits', '--iterations', '20000', '--workers', '1', '--set', 'evaluation.every=20'],
} as const;

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
      const coordinator = await startCoordinator([...options, '--run', join(temporary, name)]);
      try {
        for (const shot of wanted) await take(browser, coordinator, shot);
      } finally {
        await coordinator.stop();
      }
    }
  } finally {
    await browser.close();
    await rm(temporary, { recursive: true, force: true });
  }
}

async function take(browser: Browser, coordinator: Coordinator, shot: Shot): Promise<void> {
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
    await page.goto(address(coordinator, shot));
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
