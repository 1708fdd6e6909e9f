import { defineConfig } from 'vitest/config'
import { ClosingLine } from '../closing-line.ts'

/** The closing line of the project's runs, over files that must fail. */
export default defineConfig({
  test: {
    root: new URL('../../..', import.meta.url).pathname,
    include: ['test/shared/closing-line/*.fails.ts'],
    reporters: ['default', new ClosingLine()],
  },
})
