import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { randomBytes } from '@noble/hashes/utils.js'
import record from 'assay/circuits/presentation.json' with { type: 'json' }
import key from 'assay/circuits/presentation.vkey.json' with { type: 'json' }
import { didSignerFromKey, type PolicyInput, zServiceDescription } from 'assay/protocol'
import { createDapp } from 'assay/verifier'

const service = 'http://127.0.0.1:8787'
const about = await fetch(`${service}/v1/service`)
const { registryId } = zServiceDescription.parse(await about.json())

const dapp = await createDapp({
  ...didSignerFromKey(randomBytes(32)),
  service,
  registryId,
  key: { key, record, circuit: record.id, production: false },
})
const policies: PolicyInput[] = [
  {
    schema: 'urn:assay:schema:compute:1',
    claims: { ramMiB: { min: '1024', source: 'selfReported' }, gops: { source: 'measured' } },
  },
  { schema: 'urn:assay:schema:reputation:1', claims: { score: { source: 'measured' } } },
]
const server = createServer(async (request, response) => {
  if (request.method === 'GET') return response.end(await dapp.request({ purpose: 'sign-up', policies }))
  const result = await dapp.verify(await json(request))
  return response.end(result.ok ? `welcome, ${result.pseudonym}` : `no: ${result.code}`)
})
server.listen(8788, '127.0.0.1', () => console.log('asking'))
