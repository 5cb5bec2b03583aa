/**
 * Takes a tab's WebGL context away at a chosen instant, by the extension that is there for this. What does so runs in
 * the Web Worker: only there is the context in reach, and the instant exact.
 */
import type { Page } from 'playwright-core';

export interface Loss {
  /** Frames that the worker sends first. */
  readonly frames: number;
  /**
   * At which call of WebGL's after that. `getBufferSubData`: just before numbers are read back, which are zeros then and
   * come at once. `readPixels`: before it is known that there is something to read, which never comes then.
   */
  readonly at: 'getBufferSubData' | 'readPixels';
  /** No context is to be had afterwards. And until then wasm is slow, so that WebGL is chosen. */
  readonly forGood: boolean;
}

/** What it came to. */
export interface LossReport {
  readonly lost: number;
  /** Frames that went out on the connection of that time, after the loss. */
  readonly sentAfter: number;
}

type Data = Parameters<WebSocket['send']>[0];

/** Runs in the Web Worker. */
function install({ frames, at, forGood }: Loss): void {
  const report = { lost: 0, sentAfter: 0 };
  // oxlint-disable-next-line no-console -- the way out of a Web Worker that needs nobody to ask
  const tell = (): void => console.debug('context loss', JSON.stringify(report));
  let sent = 0;
  const before = new WeakSet<WebSocket>();

  const { send } = WebSocket.prototype as { readonly send: (this: WebSocket, data: Data) => void };
  WebSocket.prototype.send = function (data: Data) {
    if (report.lost === 0) before.add(this);
    if (typeof data !== 'string') {
      sent += 1;
      if (report.lost > 0 && before.has(this)) {
        report.sentAfter += 1;
        tell();
      }
    }
    send.call(this, data);
  };

  const gl = WebGL2RenderingContext.prototype as unknown as Record<string, (...all: unknown[]) => unknown>;
  const call = gl[at];
  gl[at] = function (this: WebGL2RenderingContext, ...all) {
    if (sent >= frames && report.lost === 0) {
      report.lost += 1;
      tell();
      this.getExtension('WEBGL_lose_context')?.loseContext();
    }
    return call.apply(this, all);
  };

  if (!forGood) return;
  const canvas = OffscreenCanvas.prototype as { getContext: (...all: unknown[]) => unknown };
  const { getContext } = canvas;
  canvas.getContext = function (this: OffscreenCanvas, ...all) {
    return report.lost > 0 ? null : getContext.apply(this, all);
  };
  const instantiate = WebAssembly.instantiate.bind(WebAssembly) as (
    bytes: BufferSource,
    imports?: WebAssembly.Imports,
  ) => Promise<WebAssembly.WebAssemblyInstantiatedSource>;
  const slowed = (real: unknown): unknown =>
    typeof real !== 'function'
      ? real
      : (...all: unknown[]): unknown => {
          const end = performance.now() + (report.lost > 0 ? 0 : 8);
          while (performance.now() < end);
          return (real as (...given: unknown[]) => unknown)(...all);
        };
  Object.assign(WebAssembly, { instantiateStreaming: undefined }); // the other way then
  WebAssembly.instantiate = (async (bytes: BufferSource, imports?: WebAssembly.Imports) => {
    const source = await instantiate(bytes, imports);
    const exports = Object.entries(source.instance.exports);
    // Of all modules that of TensorFlow.js is by far the largest.
    if (exports.length < 50) return source;
    return {
      ...source,
      instance: { exports: Object.fromEntries(exports.map(([name, real]) => [name, slowed(real)])) },
    };
  }) as typeof WebAssembly.instantiate;
}

/**
 * Call before the page is opened.
 *
 * @returns what it came to so far
 */
export function loseContext(page: Page, loss: Loss): () => LossReport {
  let report: LossReport = { lost: 0, sentAfter: 0 };
  // Told by the Web Worker, not asked of it: it may be waiting for the graphics processor.
  page.on('console', (message) => {
    const [, told] = /^context loss (.*)$/.exec(message.text()) ?? [];
    if (told !== undefined) report = JSON.parse(told) as LossReport;
  });
  // Long before a context is made: the Web Worker has yet to load, to connect and to be welcomed.
  page.once('worker', (worker) => void worker.evaluate(install, loss));
  return () => report;
}
