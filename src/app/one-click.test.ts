import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { before, test } from 'node:test'
import { makeCertificate, type TestCertificate } from '../../test/support/certificate.ts'
import type { OneClick } from '../core/domain/check/questions.ts'
import { blockList } from '../core/outbound/targets.ts'
import { CHECK_MESSAGE, readToken } from '../core/track/token.ts'
import { pressUnsubscribe } from './one-click.ts'

const SECRET = Buffer.alloc(32, 1)

let certificate: TestCertificate
before(async () => {
  certificate = await makeCertificate(['links.far.test'])
})

async function pressed(answer: RequestListener, { allowed = ['127.0.0.1'], host = 'links.far.test' } = {}): Promise<OneClick> {
  const server = createServer({ cert: certificate.cert, key: certificate.key }, answer)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const ask = async () => ({ kind: 'found', records: ['127.0.0.1'], name: '', aliases: [], authentic: false, ttlMs: 0, stale: false }) as const
  try {
    const origin = `https://${host}:${(server.address() as AddressInfo).port}`
    return await pressUnsubscribe({ origin, secret: SECRET, rules: { allowed: blockList(allowed), plain: 'refused' }, ask, roots: [certificate.cert] }, AbortSignal.any([]))
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

test('it is pressed as mail programs do, at an address that stands for nobody', async () => {
  let asked = ''
  const answer = await pressed(async (request, response) => {
    asked = `${request.method} ${request.headers['content-type']} ${(await request.toArray()).map(String).join('')}`
    const token = readToken(/^\/t\/u\/(.{44})$/.exec(request.url ?? '')?.[1] ?? '', SECRET)
    response.writeHead(token?.kind === 'unsubscribe' && token.message === CHECK_MESSAGE ? 200 : 404).end()
  })
  assert.equal(answer.kind === 'answered' && answer.status, 200)
  assert.equal(asked, 'POST application/x-www-form-urlencoded List-Unsubscribe=One-Click')
})

test('a redirect is an answer and not followed, a wrong certificate is told apart, and private addresses are not asked', async () => {
  const moved = await pressed((_, response) => void response.writeHead(302, { location: 'https://elsewhere.test/login' }).end())
  assert.equal(moved.kind === 'answered' && moved.status, 302)
  const never: RequestListener = () => assert.fail('it was asked')
  assert.equal((await pressed(never, { host: 'other.far.test' })).kind, 'untrusted')
  assert.deepEqual(await pressed(never, { allowed: [] }), { kind: 'failed', why: 'links.far.test leads to no address of the Internet' })
})
