import { defineConfig } from 'vitest/config'
import { ClosingLine } from './shared/closing-line.ts'
import { ReadmeFirst } from './shared/readme-first.ts'

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/shared/global-setup.ts'],
    reporters: ['default', new ClosingLine()],
    sequence: { sequencer: ReadmeFirst },
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
