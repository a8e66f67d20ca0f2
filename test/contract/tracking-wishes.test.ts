import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { isOwnLinkHost } from '../../src/app/http.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'

let house: ApiHouse
let key = ''
before(async () => {
  house = await openApiHouse()
  key = await house.key(house.home)
})
after(() => house[Symbol.asyncDispose]())

const name = async (stream: string, more: object): Promise<Readonly<Record<string, unknown>>> => (await house.ask(key, `/v1/streams/${stream}`, { method: 'PUT', json: { title: { en: stream }, ...more } })).body

/** What a reader of a message is noted by: openings, clicks. */
async function noted(more: object): Promise<readonly string[]> {
  const { status, body } = await house.ask(key, '/v1/emails', { json: { from: 'ani@home.example', to: 'cici@far.example', subject: 'x', html: '<a href="https://toko.example/">Toko</a>', ...more } })
  assert.equal(status, 202, JSON.stringify(body))
  const { text } = (await house.ask(key, `/v1/emails/${String(body['id'])}/raw`)).body
  const html = String(text).replaceAll(/=\r\n/g, '')
  return [...(/\/t\/o\//.test(html) ? ['opens'] : []), ...(/\/t\/c\//.test(html) ? ['clicks'] : [])]
}

test('a stream says whether openings and clicks of its readers are noted, and a message has the last word', async () => {
  assert.deepEqual((await name('broadcast.quiet', { tracking: { opens: false, clicks: false } }))['tracking'], { opens: false, clicks: false })
  assert.deepEqual((await name('broadcast.half', { tracking: { opens: false } }))['tracking'], { opens: false })
  assert.deepEqual((await name('broadcast.usual', {}))['tracking'], {})
  assert.deepEqual(await noted({ stream: 'broadcast.quiet' }), [])
  assert.deepEqual(await noted({ stream: 'broadcast.half' }), ['clicks'])
  assert.deepEqual(await noted({ stream: 'broadcast.usual' }), ['opens', 'clicks'])
  assert.deepEqual(await noted({ stream: 'broadcast' }), ['opens', 'clicks'])
  assert.deepEqual(await noted({}), [])
  assert.deepEqual(await noted({ stream: 'broadcast.quiet', tracking: { opens: true } }), ['opens'])
  assert.deepEqual(await noted({ stream: 'broadcast.usual', tracking: { clicks: false } }), ['opens'])
})

test('what a stream cannot say of tracking is refused with the field', async () => {
  for (const tracking of [{ opens: 'yes' }, { anonymous: true }, []]) {
    const body = await name('broadcast.wrong', { tracking })
    assert.match(String((body['errors'] as readonly { readonly field: string }[] | undefined)?.[0]?.field), /^tracking/, JSON.stringify(tracking))
  }
})

test('links lead to whatever domain is hosted here, by the name below it that is for them', async () => {
  for (const host of ['links.home.example', 'LINKS.home.example.:443']) assert.equal(await isOwnLinkHost(house.db, host), true, host)
  for (const host of ['home.example', 'www.home.example', 'links.nobody.example', 'links.', 'links.home.example.evil.example', 'xlinks.home.example', '']) assert.equal(await isOwnLinkHost(house.db, host), false, host)
})
