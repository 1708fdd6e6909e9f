/** A process of its own that takes the lock on a folder, says how it went, and holds it until its input ends. */
import { isAssayError } from '../../src/protocol/errors.ts'
import { lockFolder } from '../../src/storage/lock-folder.ts'

try {
  await lockFolder(process.argv[2] ?? '')
  process.stdout.write('locked\n')
} catch (error) {
  process.stdout.write(isAssayError(error) ? `${error.code}\n` : `${String(error)}\n`)
}
process.stdin.resume()
