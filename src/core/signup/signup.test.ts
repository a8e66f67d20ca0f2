import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseAddress } from '../../proto/mail/address.ts'
import { PER_ADDRESS, PER_NET } from './limits.ts'
import { type Letter, writeLetter } from './mail.ts'
import { Pace } from './pace.ts'
import { organizationName } from './shape.ts'

test('a network asks so often, another one is not held back by it, and time gives more', () => {
  let nowMs = 1_000_000
  const pace = new Pace({ nowMs: () => nowMs }, 'counted')
  for (let number = 0; number < PER_NET.atOnce; number++) assert.equal(pace.waitOfClient(`192.0.2.${number}`), 0)
  assert.equal(pace.waitOfClient('192.0.2.200'), PER_NET.everyMs)
  assert.equal(pace.waitOfClient('198.51.100.1'), 0)
  nowMs += PER_NET.everyMs
  assert.equal(pace.waitOfClient('192.0.2.200'), 0)
  assert.equal(pace.waitOfClient('192.0.2.200'), PER_NET.everyMs)
  for (let number = 0; number < PER_ADDRESS.atOnce; number++) assert.equal(pace.mayWriteTo('ani@example.org'), true)
  assert.equal(pace.mayWriteTo('ani@example.org'), false)
  assert.equal(pace.mayWriteTo('budi@example.org'), true)
})

test('every letter can be written in both languages, and what somebody typed adds no field to it', () => {
  const [to, from] = ['cici@far.example', 'merpati@home.example'].map((text) => {
    const parsed = parseAddress(text)
    assert.ok(parsed.ok)
    return parsed.value
  })
  assert.ok(to !== undefined && from !== undefined)
  const letters: readonly Letter[] = [
    { kind: 'confirm', link: 'https://x.example/a', organization: 'Toko\r\nBcc: all@far.example' }, { kind: 'known', link: 'https://x.example/b' }, { kind: 'reset', link: 'https://x.example/c' },
    { kind: 'invited', link: 'https://x.example/d', organization: 'Toko\r\nBcc: all@far.example' }, { kind: 'invited-known', organization: 'Toko\nBcc: all@far.example' },
  ]
  for (const letter of letters) {
    for (const language of ['en', 'id'] as const) {
      const mail: string = Buffer.from(writeLetter(letter, { from: { name: 'Merpati', address: from }, to, host: 'x.example', language, id: 'n1@x.example', nowMs: 0 })).toString()
      const end = mail.indexOf('\r\n\r\n')
      const head = mail.slice(0, end)
      const body = mail.slice(end)
      assert.doesNotMatch(head, /^Bcc/m)
      assert.match(head, /^Auto-Submitted: auto-generated$/m)
      if ('link' in letter) assert.ok(body.includes(letter.link))
      if ('organization' in letter) assert.match(head + body, /Toko/)
    }
  }
})

test('an organization is called what can be shown', () => {
  assert.equal(organizationName.parse(' Toko Bunga \u{1F33A} '), 'Toko Bunga \u{1F33A}')
  for (const name of ['', ' ', 'a\r\nb', 'a\0', 'a\u202Eb', '\uD800', 'x'.repeat(101)]) assert.equal(organizationName.safeParse(name).success, false)
})
