import test from 'node:test'
import { checkModel } from './model/check.ts'

test('two IMAP sessions, POP3 and deliveries keep to the model for long', async () => {
  await checkModel(60, 150)
})
