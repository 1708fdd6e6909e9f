/**
 * Writes test/vectors/statements.json: `npm run vectors`, after a change to statement, policy or request. A test compares
 * the result with the committed file.
 */
import { writeFileSync } from 'node:fs'
import { vectorsFile, vectorsText } from './vectors.ts'

writeFileSync(vectorsFile, vectorsText())
