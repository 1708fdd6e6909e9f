import { describe, expect, it } from 'vitest'
import { asTyped, typedName } from '../../src/cli/typed-name.ts'

describe('the command that a hint names', () => {
  it.each([
    ['/usr/local/bin/assay', undefined, 'assay'],
    ['C:\\npm\\node_modules\\assay\\dist\\cli\\main.js', undefined, 'assay'],
    ['/app/node_modules/.bin/assay', undefined, 'npx assay'],
    ['/app/node_modules/.bin/assay', 'exec', 'npx assay'],
    ['/home/a/clone/dist/cli/main.js', undefined, 'npx assay'],
    ['/home/a/clone/src/cli/main.ts', undefined, 'npx assay'],
    ['/usr/local/bin/assay', 'exec', 'npx assay'],
  ])('after %s (npm command %s) is %s', (path, npmCommand, name) => {
    expect(typedName({ path, npmCommand })).toBe(name)
  })

  it('stands in every hint, and nothing else changes', () => {
    expect(asTyped('Next: assay enroll', 'npx assay')).toBe('Next: npx assay enroll')
    expect(asTyped('`assay a`, or `assay b`', 'npx assay')).toBe('`npx assay a`, or `npx assay b`')
    expect(asTyped('urn:assay:schema, assay is', 'npx assay')).toBe('urn:assay:schema, assay is')
    expect(asTyped('Run `assay enroll`', 'assay')).toBe('Run `assay enroll`')
  })
})
