import { describe, expect, it } from 'vitest'
import {
  COMPUTE,
  claimSchema,
  HARDWARE,
  jobsSchema,
  PUBLIC_SIGNALS,
  REPUTATION,
  UPTIME,
} from '../../src/protocol/index.ts'
import { loadVerifyingArtifacts } from '../../src/storage/circuit-artifacts.ts'
import { readPage, tableRows, unquote } from './markdown.ts'

const page = readPage('docs/protocol.md')

describe('docs/protocol.md', () => {
  it('lists the public signals in the circuit’s order', () => {
    const rows = tableRows(page, '#', 'signal', 'the verifier')
    expect(rows.map(([place, name]) => [Number(place), unquote(name!)])).toEqual([...PUBLIC_SIGNALS.entries()])
  })

  it('lists the claims of every schema in their order', () => {
    const documented = tableRows(page, 'schema', 'claims 0…7').map(([uri, claims]) => {
      return [unquote(uri!), claims!.replace(/ \(.+?\)/g, '').split(', ')]
    })
    const schemas = [HARDWARE, COMPUTE, UPTIME, jobsSchema('market.example'), REPUTATION]
    const defined = schemas.map((uri) => {
      const names = claimSchema(uri).claims.map((claim) => claim?.name ?? '–')
      return [uri.replace('market.example', '<marketplace>'), names]
    })
    expect(documented).toEqual(defined)
  })

  it('states the size of the circuit', async () => {
    const { record } = await loadVerifyingArtifacts()
    expect(page).toContain(`${record.constraints.toLocaleString('en-US')} constraints`)
  })
})
