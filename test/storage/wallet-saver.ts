/** Adds machines to the wallet at argv[2] for as long as it lives, and says so after each save. */
import { nextMachineNumber, putMachine } from '../../src/holder/wallet.ts'
import { updateWalletFile } from '../../src/storage/wallet-file.ts'

const path = process.argv[2]!
for (;;) {
  const { machines } = await updateWalletFile(
    path,
    'correct horse',
    (wallet) => putMachine(wallet, { number: nextMachineNumber(wallet), generation: 1, members: [] }),
    { workFactor: 4 },
  )
  process.stdout.write(`${machines.length}\n`)
}
