import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    // Most of the long tests wait for processes rather than compute.
    maxWorkers: 3,
    reporters: ['default', './test/summary-reporter.ts'],
    projects: [
      {
        test: {
          name: 'server',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          setupFiles: ['test/patient-waits.ts'],
          include: [
            'protocol/**/*.test.ts',
            'server/**/*.test.ts',
            'client/**/*.test.ts',
            'bench/**/*.test.ts',
            'test/server/**/*.test.ts',
          ],
        },
      },
      {
        test: { name: 'web', include: ['web/**/*.test.{ts,tsx}'], environment: 'jsdom', testTimeout: 30_000 },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/prepare.ts'],
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
})
