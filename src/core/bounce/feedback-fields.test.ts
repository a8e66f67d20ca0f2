import assert from 'node:assert/strict'
import { test } from 'node:test'
import { feedbackFields, ownFeedback, speaksAsUs } from './feedback-fields.ts'

const hostname = 'mx.home.example'
const fields = (campaign: string | null, own: readonly string[] = [], stream = 'broadcast.weekly'): string =>
  feedbackFields({ sender: 'b-abc@bounce.home.example', organization: 'o1', stream, campaign, hostname, own: ownFeedback(new Set(own)) })
const words = (campaign: string | null): string => /^Feedback-ID: (.*):m[0-9a-f]{11}\r$/m.exec(fields(campaign))?.[1] ?? ''

test('complaints are counted by campaign, customer, stream and sender, in this order', () => {
  assert.match(fields('lebaran'), /^CFBL-Address: fbl@mx\.home\.example; report=arf\r\nCFBL-Feedback-ID: b-abc\r\nFeedback-ID: lebaran:o1:broadcast\.weekly:m[0-9a-f]{11}\r\n$/)
})

test('a campaign is cut to forty characters, has nothing that would be read as more, and names nobody', () => {
  assert.equal(words(null), ':o1:broadcast.weekly')
  assert.equal(words('ani.wijaya@far.example'), ':o1:broadcast.weekly')
  assert.equal(words('a:b c\r\nX: é'), 'a-b-c--X---:o1:broadcast.weekly')
  assert.equal(words('x'.repeat(41)), `${'x'.repeat(40)}:o1:broadcast.weekly`)
})

test('what a sender says himself is not said again, and nothing else is left out for it', () => {
  const names = (own: readonly string[]): readonly string[] => fields(null, own).split('\r\n').map((line) => line.split(':')[0] ?? '').filter((name) => name !== '')
  assert.deepEqual(names(['feedback-id']), ['CFBL-Address', 'CFBL-Feedback-ID'])
  for (const own of ['cfbl-address', 'cfbl-feedback-id']) assert.deepEqual(names([own]), ['Feedback-ID'])
  assert.deepEqual(names(['feedback-id', 'cfbl-address']), [])
})

test('nobody’s own words are in our name, however they are written', () => {
  const [, ours = ''] = /:(m[0-9a-f]{11})\r\n$/.exec(fields(null)) ?? []
  for (const text of [`a:b:c:${ours}`, ours.toUpperCase(), `a:b:c: ${ours} `, `=?utf-8?q?a:b:c:${ours}?=`, `a:b:c:${ours.slice(0, 4)}\r\n ${ours.slice(4)}`]) assert.ok(speaksAsUs([text], 'MX.home.example'), text)
  for (const text of ['', 'a:b:c:mine', `a:b:c:${ours.slice(0, -1)}`]) assert.ok(!speaksAsUs([text], hostname), text)
})
