import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isTrackHost } from './http.ts'

test('links are answered for at the name that they have, with whatever port, case and final dot', () => {
  const served = { mode: 'production', track: { origin: 'https://links.example.org', host: 'links.example.org' } } as const
  for (const host of ['links.example.org', 'links.example.org:443', 'links.example.org.', 'LINKS.example.org.:8443']) assert.equal(isTrackHost(served, host), true, host)
  for (const host of ['example.org', 'mail.example.org', 'xlinks.example.org', 'links.example.org.evil.example', 'links.example.org:443:443', '127.0.0.1', '']) assert.equal(isTrackHost(served, host), false, host)
})

test('a demo answers for its own names alone', () => {
  const demo = { mode: 'demo', track: { origin: 'http://127.0.0.1:1080', host: '127.0.0.1' } } as const
  for (const host of ['127.0.0.1:1080', 'localhost', 'mail.merpati.test:1080']) assert.equal(isTrackHost(demo, host), true, host)
  assert.equal(isTrackHost(demo, 'evil.example'), false)
})
