import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `N passed, N failed`, which any reader of logs understands. */
export class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    // a file that could not be loaded, and an error outside any test, are failures too
    const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
    const failed = tests.filter((test) => test.result().state === 'failed').length + broken
    // after the default reporter's summary
    process.on('exit', () => process.stdout.write(`${passed} passed, ${failed} failed\n`))
  }
}
