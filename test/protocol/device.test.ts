import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  machineDevice,
  memberId,
  sourceDevice,
  zMachineId,
  zMember,
  zMemberId,
  zMembers,
} from '../../src/protocol/device.ts'
import { toField } from '../../src/protocol/field.ts'

const CARD = '8f6c3a0e-1b2d-4c5f-9a7b-0d1e2f3a4b5c'
const SLICE = '00000000-1111-4222-8333-444444444444'
const OTHER = '99999999-1111-4222-8333-444444444444'

describe('devices', () => {
  it('are fields of machine: and source:', () => {
    expect(machineDevice('0a'.repeat(16))).toBe(toField(`machine:${'0a'.repeat(16)}`))
    expect(sourceDevice('did:web:issuer.example')).toBe(toField('source:did:web:issuer.example'))
  })

  it('differ whenever their machines do', () => {
    const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(machineDevice(a) === machineDevice(b)).toBe(a === b)
      }),
    )
  })

  it.each([
    ['a machine id in upper case', () => machineDevice('0A'.repeat(16)), 'must be 32 lower-case hex digits'],
    ['a machine id of another length', () => machineDevice('0a'), 'must be 32 lower-case hex digits'],
    ['the UUID of a GPU', () => machineDevice(CARD), 'must be 32 lower-case hex digits'],
    ['a source that is a DID URL', () => sourceDevice('did:web:issuer.example#key'), 'must be a DID'],
  ])('are not made of %s', (_, make, message) => {
    expect(make).toThrow(message)
    expect(zMachineId.safeParse(CARD).success).toBe(false)
  })
})

describe('members', () => {
  it('are known by one id, however a driver prints it', () => {
    for (const spelling of [CARD, `GPU-${CARD}`, `MIG-${CARD}`, `gpu-${CARD}`, CARD.toUpperCase()]) {
      expect(memberId(spelling)).toBe(CARD)
    }
  })

  it.each(['0', '', `${CARD}\n`, `GPU-GPU-${CARD}`, `TPU-${CARD}`, 'MIG-GPU-x/1/0'])('are not called %j', (uuid) => {
    expect(() => memberId(uuid)).toThrow(
      expect.objectContaining({ code: 'malformed', message: `${uuid} is not the UUID of a GPU or a MIG slice` }),
    )
  })

  it('have no prefix and no capitals in JSON', () => {
    expect(zMemberId.safeParse(CARD).success).toBe(true)
    for (const id of [`GPU-${CARD}`, CARD.toUpperCase()]) expect(zMemberId.safeParse(id).success).toBe(false)
  })

  it('may name the card of a slice, which is another', () => {
    expect(zMember.safeParse({ id: SLICE, parent: CARD }).success).toBe(true)
    expect(zMember.safeParse({ id: CARD, parent: CARD }).error?.issues[0]?.message).toBe(
      'a member is not its own parent',
    )
  })

  it.each([
    ['none', [], true],
    ['several cards', [{ id: CARD }, { id: OTHER }], true],
    [
      'two slices of a card',
      [
        { id: SLICE, parent: CARD },
        { id: OTHER, parent: CARD },
      ],
      true,
    ],
    ['one twice', [{ id: CARD }, { id: CARD }], false],
    [
      'one twice, under two parents',
      [
        { id: SLICE, parent: CARD },
        { id: SLICE, parent: OTHER },
      ],
      false,
    ],
    ['a card beside its slice', [{ id: CARD }, { id: SLICE, parent: CARD }], false],
    ['65', Array.from({ length: 65 }, (_, i) => ({ id: CARD.slice(0, -2) + String(i).padStart(2, '0') })), false],
  ])('of one machine may be %s: %s', (_, members, allowed) => {
    expect(zMembers.safeParse(members).success).toBe(allowed)
  })
})
