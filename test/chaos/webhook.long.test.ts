import { test } from 'node:test'
import { killBetweenSendAndWebhook } from './webhook.ts'

test('twenty kills between deliveries and their webhooks lose no event and change no id', async () => {
  await killBetweenSendAndWebhook(20)
})
