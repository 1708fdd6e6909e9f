/** Adds devices to the wallet at argv[2] for as long as it lives, and says so after each save. */
import { addDevice } from '../../src/holder/wallet.ts'
import { updateWalletFile } from '../../src/storage/wallet-file.ts'

const path = process.argv[2]!
for (;;) {
  const { devices } = await updateWalletFile(
    path,
    'correct horse',
    (wallet) => addDevice(wallet, { kind: 'machine', id: wallet.devices.length.toString(16).padStart(32, '0') }),
    { workFactor: 4 },
  )
  process.stdout.write(`${devices.length}\n`)
}
