import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chatPayload } from './chat.ts'

test('a chat is told in a sentence of its own form, in which words of strangers stay words', () => {
  const data = { rule: 'queue.old', severity: 'high', text: 'mail to <!channel> & <https://evil.example|x>\r\nwaits' }
  assert.deepEqual(JSON.parse(chatPayload({ kind: 'slack' }, 'alert.raised', data)), { text: '🟠 high: mail to &lt;!channel&gt; &amp; &lt;https://evil.example|x&gt; waits (queue.old)', unfurl_links: false })
  assert.deepEqual(JSON.parse(chatPayload({ kind: 'telegram', chatId: '-100' }, 'alert.resolved', { ...data, text: 'it' })), { chat_id: '-100', text: '✅ resolved: it (queue.old)', link_preview_options: { is_disabled: true } })
  const long = JSON.parse(chatPayload({ kind: 'telegram', chatId: '@ops' }, 'email.bounced', { recipient: 'a@x.example', reply: 'x'.repeat(5_000), nothing: null, tags: {} })) as { readonly text: string }
  assert.match(long.text, /^email\.bounced: recipient a@x\.example, reply x+$/)
  assert.equal(long.text.length, 1_000)
})
