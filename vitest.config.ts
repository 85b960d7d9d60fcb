import { defineConfig } from 'vitest/config';

// A file of its own, so that the viewer's build (vite.config.ts) and the tests cannot change each other.
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    environment: 'node',
    // The git and browser tests start processes; a busy two-core machine takes its time.
    testTimeout: 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/summary-reporter.ts'],
  },
});
