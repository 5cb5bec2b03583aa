/** How the pages of reports, of a run and of a lab, are built: one script and one style sheet, which go into the file. */
import { fileURLToPath } from 'node:url';
import type { UserConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** @param page - its folder, with main.tsx */
const reportOf = (page: string, output: string): UserConfig => ({
  root: here(page),
  publicDir: false,
  build: {
    outDir: here(output),
    emptyOutDir: true,
    // Top-level await needs it.
    target: 'es2022',
    cssCodeSplit: false,
    // All of it goes into one file.
    assetsInlineLimit: Number.MAX_SAFE_INTEGER,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: here(`${page}/main.tsx`),
      output: { entryFileNames: 'report.js', assetFileNames: 'report[extname]', codeSplitting: false },
    },
  },
});

export default reportOf('src/report/page', 'dist-report');
export const labReport = reportOf('src/lab/report/page', 'dist-lab-report');
