import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { gpuDevice, machineDevice, sourceDevice, zGpuUuid, zMachineId } from '../../src/protocol/device.ts'
import { toField } from '../../src/protocol/field.ts'

const UUID = '8f6c3a0e-1b2d-4c5f-9a7b-0d1e2f3a4b5c'

describe('devices', () => {
  it('are fields of gpu:, machine: and source:', () => {
    expect(gpuDevice(UUID)).toBe(toField(`gpu:${UUID}`))
    expect(machineDevice('0a'.repeat(16))).toBe(toField(`machine:${'0a'.repeat(16)}`))
    expect(sourceDevice('did:web:issuer.example')).toBe(toField('source:did:web:issuer.example'))
  })

  it('are one GPU however its driver prints the UUID', () => {
    for (const spelling of [`GPU-${UUID}`, UUID.toUpperCase(), `gpu-${UUID}`]) {
      expect(gpuDevice(spelling)).toBe(gpuDevice(UUID))
    }
  })

  it('differ whenever their kind or name does', () => {
    const id = fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString('hex'))
    fc.assert(
      fc.property(id, id, (a, b) => {
        expect(machineDevice(a) === machineDevice(b)).toBe(a === b)
        const uuid = a.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
        expect(gpuDevice(uuid)).not.toBe(machineDevice(a))
      }),
    )
  })

  it.each([
    ['a GPU by its index', () => gpuDevice('0'), 'must be a GPU UUID'],
    ['a slice of a GPU', () => gpuDevice(`MIG-${UUID}`), 'must be a GPU UUID'],
    ['a UUID with something after it', () => gpuDevice(`${UUID}\n`), 'must be a GPU UUID'],
    ['a machine id in upper case', () => machineDevice('0A'.repeat(16)), 'must be 32 lower-case hex digits'],
    ['a machine id of another length', () => machineDevice('0a'), 'must be 32 lower-case hex digits'],
    ['a source that is a DID URL', () => sourceDevice('did:web:issuer.example#key'), 'must be a DID'],
  ])('refuse %s', (_, make, message) => {
    expect(make).toThrow(message)
  })

  it('have schemas that say the same', () => {
    expect(zGpuUuid.safeParse(UUID).success).toBe(true)
    expect(zMachineId.safeParse(UUID).success).toBe(false)
  })
})
