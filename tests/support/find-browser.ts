/** Finding browsers to test with, one based on Chromium and Firefox, or installing them: tests that need one never skip. */
import { spawn } from 'node:child_process';
import { access, constants, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { gantryError, type GantryError } from '@gantry/shared';
import { chromium } from 'playwright-core';

type Environment = Readonly<Record<string, string | undefined>>;

export interface BrowserKind {
  /** In an error's sentence. */
  readonly names: string;
  /** Of the environment: the executable to take, and no other. */
  readonly variable: string;
  /** Executables on Linux, wherever PATH leads. */
  readonly linux: readonly string[];
  /** In the folder of a Mac's applications. */
  readonly mac: readonly string[];
  /** In a folder of Windows' programs. */
  readonly windows: readonly string[];
  /** Debian's packages. */
  readonly packages: readonly string[];
}

export const chromiumKind: BrowserKind = {
  names: 'Chrome, Chromium or Edge',
  variable: 'CHROME_PATH',
  linux: [
    'google-chrome-stable',
    'google-chrome',
    'chromium',
    'chromium-browser',
    'microsoft-edge-stable',
    'microsoft-edge',
  ],
  mac: ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `${name}.app/Contents/MacOS/${name}`),
  windows: [
    'Google\\Chrome\\Application\\chrome.exe',
    'Chromium\\Application\\chrome.exe',
    'Microsoft\\Edge\\Application\\msedge.exe',
  ],
  // The other two are Mesa's software WebGL, which Chromium starts without but is slower then.
  packages: ['chromium', 'libegl1', 'libgl1-mesa-dri'],
};

export const firefoxKind: BrowserKind = {
  names: 'Firefox',
  variable: 'FIREFOX_PATH',
  linux: ['firefox-esr', 'firefox'],
  mac: ['Firefox.app/Contents/MacOS/firefox'],
  windows: ['Mozilla Firefox\\firefox.exe'],
  packages: ['firefox-esr'],
};

/** Where such browsers are installed, by platform, the likeliest first. Pure, for tests of other platforms. */
export function browserPlaces(kind: BrowserKind, platform: string, environment: Environment): string[] {
  if (platform === 'darwin') {
    const applications = ['/Applications', `${environment['HOME'] ?? ''}/Applications`];
    return kind.mac.flatMap((path) => applications.map((folder) => `${folder}/${path}`));
  }
  if (platform === 'win32') {
    const roots = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA']
      .map((name) => environment[name])
      .filter((root) => root !== undefined);
    return kind.windows.flatMap((path) => roots.map((root) => `${root}\\${path}`));
  }
  const folders = (environment['PATH'] ?? '').split(':');
  return kind.linux.flatMap((name) => folders.map((folder) => `${folder}/${name}`));
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

/** An installed browser of that kind, or the Chromium that playwright-core would download. */
function installed(kind: BrowserKind): Promise<string | undefined> {
  const own = kind === chromiumKind ? [chromium.executablePath()] : [];
  return firstExecutable([...browserPlaces(kind, process.platform, process.env), ...own]);
}

const missing = ({ names, variable }: BrowserKind, tried: string): GantryError =>
  gantryError('BROWSER_MISSING', names, tried, variable);

/**
 * Runs an installer, its output shown on standard error.
 *
 * @throws BROWSER_MISSING
 */
function install(kind: BrowserKind, command: string, options: readonly string[]): Promise<void> {
  const whole = [command, ...options].join(' ');
  process.stderr.write(`No ${kind.names} to test with: running ${whole}\n`);
  return new Promise((resolve, reject) => {
    const failed = (reason: string): void => reject(missing(kind, `and "${whole}" failed: ${reason}`));
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

async function installBrowser(kind: BrowserKind): Promise<void> {
  if ((await isDebian()) && process.getuid?.() === 0) {
    await install(kind, 'apt-get', ['update']);
    await install(kind, 'apt-get', ['install', '-y', '--no-install-recommends', ...kind.packages]);
    return;
  }
  if (kind !== chromiumKind) throw missing(kind, 'tests install it by themselves only on Debian, as root');
  // By Node itself: npx is a script that Windows starts through a shell only.
  const playwright = dirname(createRequire(import.meta.url).resolve('playwright-core/package.json'));
  await install(kind, process.execPath, [join(playwright, 'cli.js'), 'install', 'chromium']);
}

/**
 * The path of a browser: that of its variable if set, else an installed one, else one that is installed now.
 *
 * @throws BROWSER_MISSING
 */
export async function findBrowser(kind = chromiumKind): Promise<string> {
  const chosen = process.env[kind.variable] ?? '';
  if (chosen !== '') {
    if (await isExecutable(chosen)) return chosen;
    throw missing(kind, `${kind.variable} is ${chosen}, where no executable is`);
  }
  const found = await installed(kind);
  if (found !== undefined) return found;
  await installBrowser(kind);
  const fresh = await installed(kind);
  if (fresh === undefined) throw missing(kind, 'not even after installing one');
  return fresh;
}
