import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['packages/*/test/**/*.test.ts', 'tests/**/*.test.ts'],
    exclude: ['tests/long/**'], // npm run test:long
    globalSetup: ['tests/support/global-setup.ts'],
    testTimeout: 30_000,
  },
});
