import { serve } from '../../../src/server/index.ts'
import { seedLedger } from './seed-ledger.ts'

/**
 * A service of its own process on the embedded database, in the folder that is named. One line of JSON tells when it is
 * ready; it ends by SIGTERM. Nothing is other than usual but the rate limit, which would stop a benchmark at once.
 */
const [dataFolder] = process.argv.slice(2)
if (dataFolder === undefined) throw new Error('Name the folder of the database')
const { url, service } = await serve({ port: 0, dataFolder, logLevel: 'fatal', requestsPerMinute: 1_000_000_000 })
const seeded = await seedLedger(service, { pseudonym: 1_000_003n })
process.stdout.write(`${JSON.stringify({ url, ...seeded })}\n`)
