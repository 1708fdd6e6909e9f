import { deviceOfMachine, type Machine, nextMachineNumber, type Wallet } from '../holder/index.ts'
import type { HeldDevices } from '../issuer/messages.ts'
import { HARDWARE } from '../protocol/claim-schemas.ts'
import type { Member } from '../protocol/device.ts'
import { keyId } from '../protocol/did-signer.ts'
import { AssayError } from '../protocol/errors.ts'
import { assertTrustedIssuer } from './credential-request.ts'
import { issuerOf, type Session } from './session.ts'

/** How many numbers after those known are tried to find the number of a device that the issuer holds. */
const LOOK_AHEAD = 64

/** What the holder says of the machine: its number, or that it is a new one; and whether its agent gets a new key. */
export interface MachineOptions {
  machine?: number | undefined
  newMachine?: boolean | undefined
  newAgentKey?: boolean | undefined
}

/**
 * Which of the holder's machines has these members: what the service's hardware issuer knows of them is asked. An issuer
 * that the registry does not trust is not asked: the question tells the holder's DID.
 * @throws AssayError `untrustedIssuer`, `unknownSchema`, `machineUnclear`
 */
export async function findMachine(
  session: Session,
  members: readonly Member[],
  options: MachineOptions,
): Promise<Machine> {
  const issuer = issuerOf(session, HARDWARE)
  assertTrustedIssuer((await session.registry.current()).view, issuer, HARDWARE)
  const wallet = await session.wallet.read()
  const { did, publicKey, sign } = wallet.keys.didKeyFor(issuer)
  const { devices } = await session.client.findDevices([], { did, kid: keyId(did, publicKey), sign })
  return chooseMachine(wallet, devices, members, options)
}

/**
 * Which of the holder's machines this one is. The phrase gives each number an id; which number this is, the GPUs tell: a
 * machine that the issuer or the wallet knows with one of them. So a wallet that was restored on an empty disk finds its
 * machine again, with the generation of its agent key. Where no GPU tells, it is the only known machine without GPUs.
 * @throws AssayError `machineUnclear` when it can't be told; `detail.known` names the numbers
 */
export function chooseMachine(
  wallet: Wallet,
  held: HeldDevices['devices'],
  members: readonly Member[],
  options: MachineOptions,
): Machine {
  const known = knownMachines(wallet, held)
  const number = chooseNumber(known, members, options)
  const before = known.find((machine) => machine.number === number)
  const generation = before === undefined ? 0 : before.generation + (options.newAgentKey ? 1 : 0)
  return { number, generation, members: [...members] }
}

function chooseNumber(known: readonly Machine[], members: readonly Member[], options: MachineOptions): number {
  if (options.machine !== undefined) return options.machine
  if (options.newMachine || known.length === 0) return nextMachineNumber({ machines: known })
  const ids = new Set(members.map(({ id }) => id))
  const matching = known.filter((machine) => machine.members.some(({ id }) => ids.has(id)))
  const alike = matching.length > 0 ? matching : known.filter((machine) => machine.members.length === 0)
  if (alike.length === 1) return alike[0]!.number
  const numbers = (alike.length === 0 ? known : alike).map(({ number }) => number).join(', ')
  const reason =
    alike.length === 0 ? 'None of your machines has these GPUs' : 'Several of your machines could be this one'
  throw new AssayError('machineUnclear', `${reason} (known: ${numbers})`, { known: numbers })
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
