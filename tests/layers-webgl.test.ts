/** Every layer, activation and merge computes on WebGL what it computes on wasm, where its derivatives are tested. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { expect, inject, it } from 'vitest';
import { registerWasmKernels } from '../packages/worker/src/compute/kernels/register.ts';
import * as tf from '../packages/worker/src/compute/tf.ts';
import { relativeError } from '../packages/worker/test/support/derivatives.ts';
import { benches, everything } from '../packages/worker/test/support/layer-bench.ts';
import { launchBrowser } from './support/browser.ts';
import type { LayerResults } from './support/layers-page.ts';

/** The page's module as one text. */
async function bundled(): Promise<string> {
  const built = await build({
    configFile: false,
    logLevel: 'error',
    publicDir: false,
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry: fileURLToPath(new URL('support/layers-page.ts', import.meta.url)), formats: ['es'] },
      rolldownOptions: { output: { codeSplitting: false } },
    },
  });
  const [{ output }] = Array.isArray(built) ? built : [built as Exclude<typeof built, { close: unknown }>];
  return output[0].code;
}

it(
  'layers compute on WebGL what they compute on wasm, and leave nothing behind',
  { timeout: 120_000 },
  async () => {
    registerWasmKernels();
    await tf.setBackend('wasm');
    const expected = benches.map(([, make]) => everything(make()));
    const content = await bundled();
    const browser = await launchBrowser({ webgl: 'software', path: inject('browserPath') });
    let found: LayerResults | undefined;
    try {
      const page = await browser.newPage();
      // As text, since Vitest would turn an import in a function into its own.
      const url = `URL.createObjectURL(new Blob([${JSON.stringify(content)}], { type: 'text/javascript' }))`;
      found = await page.evaluate<LayerResults>(`import(${url}).then((module) => module.layerResults())`);
    } finally {
      await browser.close();
    }
    expect(found).toMatchObject({ backend: 'webgl', left: 0 });
    benches.forEach(([name], i) => {
      const parts = found?.values[i] ?? [];
      expect(parts.length, name).toBe(expected[i].length);
      parts.forEach((values, part) => {
        expect(relativeError(values, expected[i][part]), `${name}, part ${part}`).toBeLessThan(1e-4);
      });
    });
  },
);
