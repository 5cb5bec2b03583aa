/** A real browser for tests, with software WebGL or none, known to have it in a Web Worker. */
import { gantryError } from '@gantry/shared';
import { chromium, type Browser } from 'playwright-core';
import { findBrowser } from './find-browser.ts';

export { findBrowser } from './find-browser.ts';

export interface LaunchOptions {
  /** `software` needs no GPU, as in CI; `none` is a browser whose WebGL is missing. */
  readonly webgl: 'software' | 'none';
  /** As `findBrowser` found it, which is asked without it. */
  readonly path?: string;
}

/** Against traffic that tests did not ask for. Throttling of hidden tabs stays as it is: it is what we test. */
const common = [
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
/** Mesa's llvmpipe through EGL: three times as fast as SwiftShader, but only where Mesa is installed. */
const mesa = ['--use-gl=angle', '--use-angle=gl-egl', '--ignore-gpu-blocklist'];
const swiftShader = ['--use-angle=swiftshader', '--enable-unsafe-swiftshader'];
const noWebgl = ['--disable-gpu', '--disable-software-rasterizer', '--disable-3d-apis'];

/**
 * Launches a headless browser and makes sure that a Web Worker has, or has not, a webgl2 context.
 *
 * @throws BROWSER_MISSING, NO_BACKEND where WebGL is not as asked for
 */
export async function launchBrowser({ webgl, path }: LaunchOptions): Promise<Browser> {
  const executablePath = path ?? (await findBrowser());
  const reasons: string[] = [];
  for (const flags of webgl === 'software' ? [mesa, swiftShader] : [noWebgl]) {
    const browser = await launch(executablePath, flags);
    const renderer = await workerRenderer(browser);
    if ((renderer !== null) === (webgl === 'software')) return browser;
    await browser.close();
    reasons.push(`${flags.join(' ')}: ${renderer ?? 'no webgl2 in a worker'}`);
  }
  throw gantryError('NO_BACKEND', reasons.join('; '));
}

const launch = (executablePath: string, flags: readonly string[]): Promise<Browser> =>
  chromium.launch({
    executablePath,
    // Chromium refuses to start its sandbox as root.
    chromiumSandbox: process.getuid?.() !== 0,
    args: [...common, ...flags],
    // Mesa would take a GPU where there is one.
    env: { ...process.env, LIBGL_ALWAYS_SOFTWARE: '1' },
  });

/** Asked in a worker, where Gantry computes: a page may have WebGL while its workers have none. */
const workerSource = `
  const gl = new OffscreenCanvas(1, 1).getContext('webgl2');
  const info = gl && gl.getExtension('WEBGL_debug_renderer_info');
  postMessage(gl && String(gl.getParameter(info ? info.UNMASKED_RENDERER_WEBGL : gl.RENDERER)));
`;

/** What renders WebGL 2 in a Web Worker of `browser`; null where nothing does. */
export async function workerRenderer(browser: Browser): Promise<string | null> {
  const page = await browser.newPage();
  try {
    return await page.evaluate(async (source) => {
      const url = URL.createObjectURL(new Blob([source], { type: 'text/javascript' }));
      const worker = new Worker(url);
      try {
        return await new Promise<string | null>((resolve, reject) => {
          worker.addEventListener('message', ({ data }) => resolve(data as string | null));
          worker.addEventListener('error', ({ message }) => reject(new TypeError(message)));
        });
      } finally {
        worker.terminate();
        URL.revokeObjectURL(url);
      }
    }, workerSource);
  } finally {
    await page.close();
  }
}
