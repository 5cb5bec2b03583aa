/** How the page of reports is built: one script and one style sheet, which `gantry report` puts into the file. */
import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default {
  root: here('src/report/page'),
  publicDir: false,
  build: {
    outDir: here('dist-report'),
    emptyOutDir: true,
    // Top-level await needs it.
    target: 'es2022',
    cssCodeSplit: false,
    // All of it goes into one file.
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: here('src/report/page/main.tsx'),
      output: { entryFileNames: 'report.js', assetFileNames: 'report[extname]', codeSplitting: false },
    },
  },
} satisfies UserConfig;
