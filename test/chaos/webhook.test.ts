import { test } from 'node:test'
import { killBetweenSendAndWebhook } from './webhook.ts'

test('after a kill between a delivery and its webhook each event is told at least once, with the same id', async () => {
  await killBetweenSendAndWebhook(1)
})
