import { defineConfig } from 'vitest/config'
import whole from '../../vitest.config.ts'

/** The project's own configuration, over files that must fail. */
export default defineConfig({
  test: { ...whole.test, include: ['test/shared/closing-line/*.fails.ts'] },
})
