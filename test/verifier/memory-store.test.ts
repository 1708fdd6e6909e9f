import { describe } from 'vitest'
import { createMemoryStore } from '../../src/verifier/index.ts'
import { acceptanceStoreSuite } from '../shared/acceptance-store-suite.ts'

describe('the acceptance store in memory', () => {
  const store = createMemoryStore()
  acceptanceStoreSuite(async () => store)
})
