import { deviceOfMachine, type HeldDevices, type Machine, nextMachineNumber, type Wallet } from '../holder/index.ts'
import type { Member } from '../protocol/index.ts'
import { UsageError } from './exit-codes.ts'

/** How many numbers after those known are tried to find the number of a device that the issuer holds. */
const LOOK_AHEAD = 64

/** What the person asked for: a machine by its number, or a new one. */
export interface MachineWish {
  machine?: number | undefined
  newMachine?: boolean | undefined
  newAgentKey?: boolean | undefined
}

/**
 * Which of the holder's machines this one is. The phrase gives each number an id; which number this is, the GPUs tell: a
 * machine that the issuer or the wallet knows with one of them. So a wallet that was restored on an empty disk finds its
 * machine again, with the generation of its agent key. Where no GPU tells, it is the only known machine without GPUs.
 * @throws UsageError when it can't be told, naming the numbers
 */
export function chooseMachine(
  wallet: Wallet,
  held: HeldDevices['devices'],
  members: readonly Member[],
  wish: MachineWish,
): Machine {
  const known = knownMachines(wallet, held)
  const number = chooseNumber(known, members, wish)
  const before = known.find((machine) => machine.number === number)
  const generation = before === undefined ? 0 : before.generation + (wish.newAgentKey ? 1 : 0)
  return { number, generation, members: [...members] }
}

function chooseNumber(known: readonly Machine[], members: readonly Member[], wish: MachineWish): number {
  if (wish.machine !== undefined && wish.newMachine) {
    throw new UsageError('--machine names a machine, --new-machine begins another: give one of them')
  }
  if (wish.machine !== undefined) return wish.machine
  if (wish.newMachine || known.length === 0) return nextMachineNumber({ machines: known })
  const ids = new Set(members.map(({ id }) => id))
  const matching = known.filter((machine) => machine.members.some(({ id }) => ids.has(id)))
  const alike = matching.length > 0 ? matching : known.filter((machine) => machine.members.length === 0)
  if (alike.length === 1) return alike[0]!.number
  const numbers = (alike.length === 0 ? known : alike).map(({ number }) => number).join(', ')
  const reason =
    alike.length === 0 ? 'None of your machines has these GPUs' : 'Several of your machines could be this one'
  throw new UsageError(`${reason} (known: ${numbers}): say which it is with --machine NUMBER, or --new-machine`)
}

/** The machines of the wallet, and those that the issuer alone knows; the issuer has the newest generation. */
function knownMachines(wallet: Wallet, held: HeldDevices['devices']): Machine[] {
  const end = nextMachineNumber(wallet) + held.length + LOOK_AHEAD
  const numbers = Array.from({ length: end }, (_, number) => number)
  return numbers.flatMap((number) => {
    const local = wallet.machines.find((machine) => machine.number === number)
    const device = String(deviceOfMachine(wallet, number))
    const remote = held.find((one) => one.device === device)
    if (local === undefined) {
      return remote === undefined ? [] : [{ number, generation: remote.generation, members: remote.members }]
    }
    const generation = Math.max(local.generation, remote?.generation ?? 0)
    return [{ ...local, generation, members: remote?.members ?? local.members }]
  })
}
