import { test } from 'node:test'
import { killAmidChanges } from './audit.ts'

test('five kills amid changes leave no change without its entry in the audit log, and no entry without its change', async (t) => {
  const { done, unknown } = await killAmidChanges(5)
  t.diagnostic(`${done} entries tell their end, ${unknown} do not, because somebody died in between`)
})
