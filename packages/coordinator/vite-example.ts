/** How the example page of an exported generator is built: as files to be read and changed, beside the model. */
import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here('src/export/example'),
  base: './',
  publicDir: false,
  build: {
    outDir: here('dist-example'),
    emptyOutDir: true,
    target: 'es2022',
    minify: false,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: { entryFileNames: 'example.js', assetFileNames: 'example[extname]' },
    },
  },
} satisfies UserConfig;
