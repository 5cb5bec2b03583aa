import { defineConfig } from 'vitest/config';

/** `npm run test:long`: the full forms of what `npm test` runs short. Hours may pass; nothing else should run beside it. */
export default defineConfig({
  test: {
    include: ['tests/long/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 3_600_000,
    fileParallelism: false,
  },
});
