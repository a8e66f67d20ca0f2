import test from 'node:test'
import { checkModel } from './model/check.ts'

test('two IMAP sessions, POP3 and deliveries keep to the model, whatever they do', async () => {
  await checkModel(8, 60)
})
