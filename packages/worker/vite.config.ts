/** How the page of the tab is built; the coordinator builds it and serves it at /. */
import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';
import { selfContainedThreads } from './vite-threads.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here('src/tab'),
  base: '/',
  publicDir: false,
  build: {
    outDir: here('dist'),
    emptyOutDir: true,
    // Top-level await (the checksum's WebAssembly) needs it.
    target: 'es2022',
    // The content security policy allows files of the coordinator only, so nothing becomes a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // TensorFlow.js is large, and loaded once on a LAN.
    chunkSizeWarningLimit: 4000,
  },
  worker: { format: 'es', plugins: () => [selfContainedThreads()] },
} satisfies UserConfig;
