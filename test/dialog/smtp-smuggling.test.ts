import assert from 'node:assert/strict'
import test from 'node:test'
import { cut, playSmtp } from '../support/smtp-talk.ts'

/** What some servers have taken for the end of a message ("SMTP smuggling", 2023), and other near misses. */
const NEAR_ENDS = [
  ...['\n.\n', '\r.\r', '\r\n.\n', '\n.\r\n', '\r\n.\r', '\r.\r\n', '\n.\r', '\r.\n'],
  ...['\r\n.\r\r\n', '\r\r\n.\n', '\n\r.\r\n', '\r\n.\n\r\n'],
] as const

const HELLO = 'EHLO client.example\r\nMAIL FROM:<budi@away.example>\r\nRCPT TO:<anna@home.example>\r\n'
const SMUGGLED = 'MAIL FROM:<ceo@home.example>\r\nRCPT TO:<anna@home.example>\r\nDATA\r\nSubject: pay\r\n'
const WAYS = { whole: [1 << 20], 'byte by byte': [1], 'in threes': [3] } as const

for (const [name, sizes] of Object.entries(WAYS)) {
  for (const end of NEAR_ENDS) {
    const shown = JSON.stringify(end)

    test(`DATA sent ${name} is refused and hung up on for ${shown}, and no second message is seen`, async () => {
      const said = `${HELLO}DATA\r\nSubject: hi\r\n\r\nHello${end}${SMUGGLED}\r\n.\r\nQUIT\r\n`
      const { house, heard } = await playSmtp(cut(said, sizes))
      assert.equal(house.taken.length, 0)
      assert.equal(heard.match(/^250 2\.1\.0/gm)?.length, 1, 'one MAIL was heard')
      assert.match(heard, /^550 5\.5\.2 .*\r\n$/m)
      assert.equal(house.ends[0]?.how, 'bare-line-end')
    })

    test(`BDAT sent ${name} is refused and hung up on for ${shown}`, async () => {
      const content = `Subject: hi\r\n\r\nHello${end}${SMUGGLED}`
      const { house, heard } = await playSmtp(cut(`${HELLO}BDAT ${content.length} LAST\r\n${content}QUIT\r\n`, sizes))
      assert.equal(house.taken.length, 0)
      assert.ok(heard.endsWith('550 5.5.2 Lines must end in CR LF, and neither may stand alone\r\n'))
      assert.equal(house.ends[0]?.how, 'bare-line-end')
    })

    test(`DATA sent ${name} to a listener that repairs is one message with ${shown} in it`, async () => {
      const said = `${HELLO}DATA\r\nHello${end}${SMUGGLED}\r\n.\r\nQUIT\r\n`
      const { house } = await playSmtp(cut(said, sizes), { config: { bareLf: 'normalize' } })
      assert.equal(house.taken.length, 1)
      const body = house.taken[0]?.body.toString('latin1') ?? ''
      assert.ok(body.includes('\r\nMAIL FROM:<ceo@home.example>\r\n'))
      assert.doesNotMatch(body, /\r(?!\n)|(?<!\r)\n/)
      assert.equal(house.ends[0]?.how, 'quit')
    })

    test(`BDAT sent ${name} as BINARYMIME keeps ${shown} as it is`, async () => {
      const content = `Hello${end}${SMUGGLED}`
      const hello = HELLO.replace('example>\r\nRCPT', 'example> BODY=BINARYMIME\r\nRCPT')
      const { house } = await playSmtp(cut(`${hello}BDAT ${content.length} LAST\r\n${content}QUIT\r\n`, sizes))
      assert.deepEqual(house.taken.map(({ body }) => body.toString('latin1')), [content])
    })
  }
}
