import { defineConfig } from 'vitest/config'
import { ClosingLine } from './shared/closing-line.ts'
import { ReadmeFirst } from './shared/readme-first.ts'
import { listTiers } from './tiers/list-tiers.ts'

const root = new URL('..', import.meta.url).pathname
const { integration } = listTiers(root)

/** A file that did not exist when this was read is a unit test, until its guard says otherwise. */
const all = ['test/**/*.test.ts']

const shared = { root, pool: 'forks', testTimeout: 60_000, hookTimeout: 120_000 } as const

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
          name: 'unit',
          include: all,
          exclude: integration,
          setupFiles: ['test/tiers/guard-unit-tier.ts'],
          // importing everything anew for each file takes longer than the tests
          isolate: false,
        },
      },
      {
        test: { ...shared, name: 'integration', include: integration, globalSetup: ['test/shared/global-setup.ts'] },
      },
    ],
  },
})
