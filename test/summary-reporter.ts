import type { Reporter, TestModule } from 'vitest/node'

/**
 * Ends the output with one plain line, `N passed, N failed, N skipped`, for whatever reads a log by machine. A file that
 * could not be loaded and an error outside every test count as failures; a run without a single test that ran fails.
 */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, pending: 0 }
    for (const module of modules) {
      counts.failed += module.errors().length
      for (const test of module.children.allTests()) counts[test.result().state] += 1
    }
    const ran = counts.passed + counts.failed > 0
    // At exit, so that it comes after what the other reporters print.
    process.once('exit', () => {
      if (!ran) process.exitCode = 1
      process.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`)
    })
  }
}
