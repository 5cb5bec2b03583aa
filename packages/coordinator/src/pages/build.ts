/**
 * Builds the pages when they are missing or stale, so that a fresh checkout needs no build command. Vite
 * is loaded only then: it takes longer to load than the rest of the coordinator.
 */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';
import tabConfig from '@gantry/worker/vite';
import exampleConfig from '../../vite-example.ts';
import reportConfig, { labReport } from '../../vite-report.ts';
import presenterConfig from '../../vite.config.ts';
import { compressFiles } from './compress.ts';
import { fingerprint } from './sources.ts';

export interface BuildPagesOptions {
  /** Builds even what is up to date. */
  readonly force?: boolean;
  /** Told what takes long, one line at a time. */
  readonly log?: (line: string) => void;
}

/** Directories of built files. */
export type BuiltPages = { readonly [name in keyof typeof pages]: string };

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const within = (...paths: readonly string[]): string[] => paths.map((path) => join(root, path));

const pages = {
  tab: {
    name: "workers' page",
    config: tabConfig,
    output: join(root, 'packages/worker/dist'),
    sources: within(
      'packages/shared/src',
      'packages/worker/src',
      'packages/worker/vite.config.ts',
      'packages/worker/vite-threads.ts',
    ),
  },
  presenter: {
    name: "presenter's page",
    config: presenterConfig,
    output: join(root, 'packages/coordinator/dist'),
    sources: within(
      'packages/shared/src',
      'packages/coordinator/src/dashboard',
      'packages/coordinator/vite.config.ts',
    ),
  },
  example: {
    name: 'example page of exports',
    config: exampleConfig,
    output: join(root, 'packages/coordinator/dist-example'),
    sources: within(
      'packages/shared/src/random',
      'packages/coordinator/src/export/example',
      'packages/coordinator/vite-example.ts',
    ),
  },
  report: {
    name: 'page of reports',
    config: reportConfig,
    output: join(root, 'packages/coordinator/dist-report'),
    sources: within(
      'packages/shared/src',
      'packages/coordinator/src/dashboard',
      'packages/coordinator/src/report',
      'packages/coordinator/vite-report.ts',
    ),
  },
  labReport: {
    name: "page of labs' reports",
    config: labReport,
    output: join(root, 'packages/coordinator/dist-lab-report'),
    sources: within(
      'packages/shared/src',
      'packages/coordinator/src/dashboard',
      'packages/coordinator/src/report',
      'packages/coordinator/src/lab/report',
      'packages/coordinator/vite-report.ts',
    ),
  },
} as const;
type Page = (typeof pages)[keyof typeof pages];

/** Holds the fingerprint of the sources that the page was built from. Written last: with it, the page is whole. */
const stampName = '.sources';

/** Safe to call from several processes at once: each builds aside, and the first to finish is kept. */
export async function buildPages(options: BuildPagesOptions = {}): Promise<BuiltPages> {
  // One after the other: a classroom's laptop has few cores.
  for (const page of Object.values(pages)) await buildPage(page, options);
  const built = Object.entries(pages).map(([name, { output }]) => [name, output]);
  return Object.fromEntries(built) as BuiltPages;
}

/** Builds one page, where it has to be. @returns its directory */
export async function builtPage(name: keyof typeof pages, log?: BuildPagesOptions['log']): Promise<string> {
  await buildPage(pages[name], log ? { log } : {});
  return pages[name].output;
}

async function buildPage(page: Page, { force = false, log = () => {} }: BuildPagesOptions): Promise<void> {
  const current = await fingerprint([...page.sources, ...within('package-lock.json')], root);
  if (!force && (await stampOf(page.output)) === current) return;

  log(`Building the ${page.name}.`);
  const started = performance.now();
  // Not mkdtemp: its folders are closed to other users, and this one stays.
  const aside = `${page.output}-building-${process.pid}-${Date.now()}`;
  await mkdir(aside);
  try {
    await runVite({ ...page.config, build: { ...page.config.build, outDir: aside } });
    await compressFiles(aside);
    await writeFile(join(aside, stampName), current);
    // Another process may have been first, and may be serving what it built.
    if (force || (await stampOf(page.output)) !== current) await putInPlace(aside, page.output, current);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
  log(`Built the ${page.name} in ${((performance.now() - started) / 1000).toFixed(1)} s.`);
}

async function stampOf(directory: string): Promise<string | null> {
  try {
    return await readFile(join(directory, stampName), 'utf8');
  } catch {
    return null;
  }
}

async function runVite(config: InlineConfig): Promise<void> {
  // Vite sets NODE_ENV for whoever calls it.
  const environment = process.env['NODE_ENV'];
  try {
    const { build } = await import('vite');
    await build({ ...config, configFile: false, logLevel: 'error', mode: 'production' });
  } finally {
    if (environment === undefined) delete process.env['NODE_ENV'];
    else process.env['NODE_ENV'] = environment;
  }
}

/** Swaps the folders by renaming. Where another process was first with the same build, its folder stays. */
async function putInPlace(aside: string, output: string, current: string): Promise<void> {
  const old = join(dirname(output), `${basename(aside)}-old`);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rename(output, old).catch(ignoreMissing);
      await rename(aside, output);
      break;
    } catch (error) {
      // Windows does not rename a folder while a file in it is being read; and two processes may swap at once.
      if ((await stampOf(output)) === current) break;
      if (attempt === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    } finally {
      await rm(old, { recursive: true, force: true });
    }
  }
}

function ignoreMissing(error: unknown): void {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}
