import { expect, test } from 'vitest'
import { inspectMachine, zInspectionReport } from '../../../src/evidence/index.ts'
import { describeMachine } from '../../../src/evidence/inspection/describe-machine.ts'
import { runCommand } from '../../../src/evidence/inspection/run-command.ts'

test('this very machine can be inspected', async () => {
  const { report } = await inspectMachine({
    run: runCommand,
    describeMachine,
    clock: () => 1_800_000_000,
    machineId: '00112233445566778899aabbccddeeff',
  })
  expect(zInspectionReport.parse(report)).toEqual(report)
})
