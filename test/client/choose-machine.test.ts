import { describe, expect, it } from 'vitest'
import { chooseMachine } from '../../src/client/choose-machine.ts'
import {
  createWallet,
  deviceOfMachine,
  drawPhrase,
  type Machine,
  putMachine,
  type Wallet,
} from '../../src/holder/index.ts'
import { AssayError } from '../../src/protocol/index.ts'
import { randomBytes } from '../shared/http.ts'

const empty = createWallet(drawPhrase(randomBytes))
const gpu = (end: number) => ({ id: `00000000-0000-4000-8000-${String(end).padStart(12, '0')}` })
const withMachines = (...machines: Machine[]): Wallet => machines.reduce(putMachine, empty)
const held = (number: number, members: { id: string }[], generation = 0) => ({
  ...{ device: String(deviceOfMachine(empty, number)), generation, members, seenAt: 1 },
})

describe('which machine this is', () => {
  it('is the first one in an empty wallet that nobody knows', () => {
    expect(chooseMachine(empty, [], [gpu(1)], {})).toEqual({ number: 0, generation: 0, members: [gpu(1)] })
  })

  it('is told by its GPUs: on an empty disk by what the issuer holds, with the generation of the agent key', () => {
    const known = [held(0, [gpu(1)]), held(3, [gpu(2), gpu(3)], 2)]
    expect(chooseMachine(empty, known, [gpu(3)], {})).toEqual({ number: 3, generation: 2, members: [gpu(3)] })
  })

  it('is the only known one without GPUs, where it has none', () => {
    expect(chooseMachine(empty, [held(1, [], 4)], [], {})).toMatchObject({ number: 1, generation: 4 })
    const two = [held(0, []), held(1, [])]
    expect(() => chooseMachine(empty, two, [], {})).toThrow('Several of your machines could be this one (known: 0, 1)')
  })

  it('is not guessed: a machine that looks like none of those known must be named', () => {
    const wallet = withMachines({ number: 0, generation: 1, members: [gpu(1)] })
    expect(() => chooseMachine(wallet, [], [gpu(9)], {})).toThrow(
      new AssayError('machineUnclear', 'None of your machines has these GPUs (known: 0)', { known: '0' }),
    )
    expect(chooseMachine(wallet, [], [gpu(9)], { machine: 0 })).toMatchObject({ number: 0, generation: 1 })
    expect(chooseMachine(wallet, [], [gpu(9)], { newMachine: true })).toMatchObject({ number: 1, generation: 0 })
  })

  it('gets a newer agent key when asked, above those of wallet and issuer', () => {
    const wallet = withMachines({ number: 0, generation: 1, members: [] })
    expect(chooseMachine(wallet, [held(0, [], 5)], [], { newAgentKey: true })).toMatchObject({ generation: 6 })
  })
})
