import { describe, expect, it } from 'vitest'
import { parseConfig, variableOf, zServiceConfig } from '../../src/server/index.ts'
import { createMetrics } from '../../src/server/metrics.ts'
import { readPage, tableRows, unquote } from './markdown.ts'

const page = readPage('docs/operator-guide.md')

describe('docs/operator-guide.md, settings', () => {
  const rows = tableRows(page, 'setting', 'variable', 'default', 'what')
  const defaults: Record<string, unknown> = parseConfig({})

  it('has a row for every setting, in order, with its environment variable', () => {
    const documented = rows.map(([setting, variable]) => [unquote(setting!), unquote(variable!)])
    expect(documented).toEqual(Object.keys(zServiceConfig.shape).map((setting) => [setting, variableOf(setting)]))
  })

  it('states the defaults', () => {
    for (const [cell, , documented] of rows) {
      const value = defaults[unquote(cell!)]
      const text = value === undefined || (Array.isArray(value) && value.length === 0) ? undefined : String(value)
      if (text === undefined)
        expect(documented, cell).toMatch(/^(none|where it listens|generated, stored in the data folder)$/)
      else expect(documented, cell).toBe(text)
    }
  })
})

describe('docs/operator-guide.md, metrics', () => {
  it('names every metric of ours, with its labels', async () => {
    const metrics = (await createMetrics().registry.getMetricsAsJSON()).map(({ name }) => name)
    const ours = metrics.filter((name) => name.startsWith('assay_'))
    const rows = tableRows(page, 'metric', 'labels', 'what')
    expect(rows.map(([name]) => unquote(name!)).sort()).toEqual(ours.sort())
    const { requestSeconds, credentialsIssued, presentations, heartbeats } = createMetrics()
    const labels = [requestSeconds, credentialsIssued, presentations, heartbeats].map((metric) => {
      const { name, labelNames } = metric as unknown as { name: string; labelNames: string[] }
      return [name, labelNames.join(', ')]
    })
    expect(rows.map(([name, names]) => [unquote(name!), names])).toEqual(labels)
  })
})
