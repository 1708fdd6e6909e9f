import { ed25519FromDidKey, zServiceDescription } from 'assay/protocol'
import { verifyExplanation } from 'assay/reputation'

const [service, pseudonym] = process.argv.slice(2)
const get = async (path: string) => (await fetch(service + path)).json()
const { reputation } = zServiceDescription.parse(await get('/v1/service'))
const resolveKeys = async (did: string) => [ed25519FromDidKey(did)]
const found = await verifyExplanation(await get(`/v1/reputation/${pseudonym}`), { signer: reputation, resolveKeys })
console.log(`${found.score} of 1000, at least ${found.lower}:`)
for (const { sentence } of found.limits) console.log(`- ${sentence}`)
