/** A service in a process of its own: prints its URL and registry id when it is ready; the settings come as JSON. */
import { isAssayError } from '../../src/protocol/index.ts'
import { serve } from '../../src/server/serve.ts'

try {
  const { url, service, closed } = await serve(JSON.parse(process.argv[2]!))
  process.stdout.write(`${url} ${service.registry.registryId}\n`)
  await closed
  process.stdout.write('closed\n')
} catch (error) {
  process.stdout.write(`${isAssayError(error) ? `${error.code}: ${error.message}` : String(error)}\n`)
  process.exitCode = 1
}
