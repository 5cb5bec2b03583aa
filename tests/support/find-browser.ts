/** Finding a Chromium-based browser to test with, or installing one: tests that need it never skip. */
import { spawn } from 'node:child_process';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gantryError } from '@gantry/shared';
import { chromium } from 'playwright-core';

type Environment = Readonly<Record<string, string | undefined>>;

/** By name on Linux, wherever PATH leads. */
const linuxNames = [
  'google-chrome-stable',
  'google-chrome',
  'chromium',
  'chromium-browser',
  'microsoft-edge-stable',
  'microsoft-edge',
] as const;

/** Where browsers are installed, by platform, the likeliest first. Pure, for tests of other platforms. */
export function browserPlaces(platform: string, environment: Environment): string[] {
  if (platform === 'darwin') {
    const applications = ['/Applications', `${environment['HOME'] ?? ''}/Applications`];
    return ['Google Chrome', 'Chromium', 'Microsoft Edge'].flatMap((name) =>
      applications.map((folder) => `${folder}/${name}.app/Contents/MacOS/${name}`),
    );
  }
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
      .map((name) => environment[name])
      .filter((root) => root !== undefined);
    return [
      'Google\\Chrome\\Application\\chrome.exe',
      'Chromium\\Application\\chrome.exe',
      'Microsoft\\Edge\\Application\\msedge.exe',
    ].flatMap((path) => roots.map((root) => `${root}\\${path}`));
  }
  const folders = (environment['PATH'] ?? '').split(':');
  return linuxNames.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    // On Windows every file may be executed, and X_OK asks only whether it is there.
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    return false;
  }
}

async function firstExecutable(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) if (await isExecutable(path)) return path;
  return undefined;
}

/** Installed browsers, and the one that playwright-core would download. */
const installed = (): Promise<string | undefined> =>
  firstExecutable([...browserPlaces(process.platform, process.env), chromium.executablePath()]);

/**
 * Runs an installer, its output shown on standard error.
 *
 * @throws BROWSER_MISSING
 */
function install(command: string, options: readonly string[]): Promise<void> {
  const whole = [command, ...options].join(' ');
  process.stderr.write(`No browser to test with: running ${whole}\n`);
  return new Promise((resolve, reject) => {
    const failed = (reason: string): void => {
      reject(gantryError('BROWSER_MISSING', `and "${whole}" failed: ${reason}`));
    };
    const child = spawn(command, options, {
      stdio: ['ignore', 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    child.once('error', (error) => failed(error.message));
    child.once('close', (status, signal) => {
      if (status === 0) resolve();
      else failed(`status ${status ?? signal}`);
    });
  });
}

/** Not its descendants: Ubuntu's package is a stub that wants snap. */
async function isDebian(): Promise<boolean> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return /^ID=debian$/m.test(release);
}

async function installBrowser(): Promise<void> {
  if ((await isDebian()) && process.getuid?.() === 0) {
    await install('apt-get', ['update']);
    // The other two are Mesa's software WebGL, which Chromium starts without but is slower then.
    const packages = ['chromium', 'libegl1', 'libgl1-mesa-dri'];
    await install('apt-get', ['install', '-y', '--no-install-recommends', ...packages]);
    return;
  }
  // By Node itself: npx is a script that Windows starts through a shell only.
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'));
  await install(process.execPath, [join(playwright, 'cli.js'), 'install', 'chromium']);
}

/**
 * The path of a browser: CHROME_PATH if set, else an installed Chrome, Chromium or Edge, else one that is
 * installed now.
 *
 * @throws BROWSER_MISSING
 */
export async function findBrowser(): Promise<string> {
  const chosen = process.env['CHROME_PATH'] ?? '';
  if (chosen !== '') {
    if (await isExecutable(chosen)) return chosen;
    throw gantryError('BROWSER_MISSING', `CHROME_PATH is ${chosen}, where no executable is`);
  }
  const found = await installed();
  if (found !== undefined) return found;
  await installBrowser();
  const fresh = await installed();
  if (fresh === undefined) throw gantryError('BROWSER_MISSING', 'not even after installing one');
  return fresh;
}
