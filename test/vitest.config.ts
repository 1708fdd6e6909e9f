import { defineConfig } from 'vitest/config'
import { ClosingLine } from './shared/closing-line.ts'
import { ReadmeFirst } from './shared/readme-first.ts'
import { listTiers } from './tiers/list-tiers.ts'

const root = new URL('..', import.meta.url).pathname
const { integration } = listTiers(root)

/** A file that did not exist when this was read is a unit test, until its guard says otherwise. */
const all = ['test/**/*.test.ts']

/** Limits that only a defect reaches, on a machine that is busy with something else. Milliseconds. */
const LIMITS = {
  unit: { testTimeout: 120_000, hookTimeout: 120_000 },
  integration: { testTimeout: 600_000, hookTimeout: 600_000 },
}

const shared = { root, pool: 'forks' } as const

export default defineConfig({
  test: {
    ...shared,
    reporters: ['default', new ClosingLine()],
    sequence: { sequencer: ReadmeFirst },
    maxWorkers: 2,
    projects: [
      {
        test: {
          ...shared,
          ...LIMITS.unit,
          name: 'unit',
          include: all,
          exclude: integration,
          setupFiles: ['test/tiers/guard-unit-tier.ts'],
          // importing everything anew for each file takes longer than the tests
          isolate: false,
        },
      },
      {
        test: {
          ...shared,
          ...LIMITS.integration,
          name: 'integration',
          include: integration,
          globalSetup: ['test/shared/global-setup.ts'],
        },
      },
    ],
  },
})
