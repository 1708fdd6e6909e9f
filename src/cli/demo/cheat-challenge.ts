import { answerFromLayers, commitAnswer, computeAnswer, openAnswer, openWorkerBackend } from '../../evidence/index.ts'
import { didSignerFromKey } from '../../protocol/index.ts'
import { machineAgent, type Provider } from './provider.ts'

/**
 * Answers a timed challenge as a cheat would: the first half of the layers honestly, the rest invented. The commitment is
 * in time and well formed; only the opened rows tell.
 * @throws AssayError `challengeFailed`, from the service
 */
export async function cheatChallenge(provider: Provider): Promise<unknown> {
  const { client } = provider.session
  const { device, agentKey } = machineAgent(provider)
  const signer = didSignerFromKey(agentKey.exportPrivateKey())
  const backend = await openWorkerBackend()
  try {
    const challenge = await client.requestChallenge(device, signer)
    const honest = await computeAnswer(challenge, { agentKey: agentKey.publicKey, device, multiply: backend.multiply })
    const layers = honest.layers.map((layer, i) => (i < honest.layers.length / 2 ? layer : layer.toReversed()))
    const answer = answerFromLayers(challenge, layers)
    const { samples } = await client.commit(await commitAnswer(answer, agentKey.sign))
    return await client.open(openAnswer(answer, samples))
  } finally {
    await backend.close()
  }
}
