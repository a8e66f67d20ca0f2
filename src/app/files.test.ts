import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { fetchFiles, type FetchedFile } from '../core/send/fetched.ts'
import { MAX_FETCHED, MAX_FETCHING } from '../core/send/limits.ts'
import type { Answer } from '../base/dns.ts'
import type { AskAddresses } from '../core/webhook/target.ts'
import { blockList } from '../core/outbound/targets.ts'
import type { Result } from '../base/result.ts'
import { fileFetcher } from './files.ts'

const ADDRESSES: Readonly<Record<string, string>> = { 'files.example': '127.0.0.1', 'rumah.example': '127.0.0.2', 'awan.example': '169.254.169.254' }

function answerOf(name: string, address: string | undefined): Answer<string> {
  const common = { name, aliases: [], authentic: false, ttlMs: 0, stale: false }
  return address === undefined ? { kind: 'none', why: 'nxdomain', ...common } : { kind: 'found', records: [address], ...common }
}

/** Asks a server on 127.0.0.1, the one address of the house that may be visited, for a path of it or for another URL. */
async function fetched(answer: RequestListener, path: string, { maxBytes = 1_000, signal = new AbortController().signal } = {}): Promise<{ readonly result: Result<FetchedFile, string>; readonly asked: readonly string[] }> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.headers.host?.replace(/:\d+$/, '') ?? ''}${request.url ?? ''}`)
    answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const fetch = fileFetcher({
    rules: { allowed: blockList(['127.0.0.1']), plain: 'allowed' },
    ask: async () => async (host, family) => answerOf(host, family === 4 ? ADDRESSES[host] : undefined),
    ...{ userAgent: 'Merpati/test', fetched: () => {}, stopping: new AbortController().signal },
  })
  try {
    return { result: await fetch(path.replace('PORT', String(port)), maxBytes, signal), asked }
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

const moving = (location: string): RequestListener => (request, response) => {
  const { port } = request.socket.address() as AddressInfo
  response.writeHead(302, { location: location.replace('PORT', String(port)) }).end()
}

test('a file is fetched with its type and its name, also when its server sends us on', async () => {
  const { result, asked } = await fetched((request, response) => (request.url === '/lama' ? moving('/baru/surat%20satu.pdf?x=1')(request, response) : response.writeHead(200, { 'content-type': 'application/pdf' }).end('isi')), 'http://files.example:PORT/lama')
  assert.deepEqual(result.ok && [result.value.name, result.value.type, Buffer.from(result.value.bytes).toString()], ['surat satu.pdf', 'application/pdf', 'isi'])
  assert.deepEqual(asked, ['files.example/lama', 'files.example/baru/surat%20satu.pdf?x=1'])
})

test('nobody makes us visit our own house: not by an address, a name, or a server that sends us on', async () => {
  const told = async (path: string, answer: RequestListener = (_, response) => response.end('rahasia')): Promise<readonly [string, number]> => {
    const { result, asked } = await fetched(answer, path)
    return [result.ok ? 'fetched' : result.error, asked.length]
  }
  for (const url of ['http://127.0.0.2:PORT/', 'http://[::1]:PORT/', 'http://[::ffff:127.0.0.1]:PORT/', 'http://0x7f000002:PORT/', 'http://rumah.example:PORT/', 'http://awan.example/latest/meta-data', 'http://tidak.example/', 'file:///etc/passwd', 'http://user:x@files.example:PORT/', 'http://files.example:25/', 'x']) {
    const [why, asked] = await told(url)
    assert.notEqual(why, 'fetched', url)
    assert.equal(asked, 0, url)
  }
  for (const location of ['http://rumah.example:PORT/', 'http://169.254.169.254/latest', 'file:///etc/passwd', '//awan.example/']) {
    const [why, asked] = await told('http://files.example:PORT/', moving(location))
    assert.notEqual(why, 'fetched', location)
    assert.equal(asked, 1, location)
  }
  assert.deepEqual(await told('http://files.example:PORT/', moving('/')), ['it sends us on more than 3 times', 4])
})

test('what is too large, packed, missing or slow is refused with the reason', async () => {
  const why = async (answer: RequestListener, signal?: AbortSignal): Promise<string> => {
    const { result } = await fetched(answer, 'http://files.example:PORT/', { maxBytes: 10, ...(signal === undefined ? {} : { signal }) })
    return result.ok ? 'fetched' : result.error
  }
  assert.equal(await why((_, response) => response.end('x'.repeat(11))), 'it has more than 10 octets')
  assert.equal(await why((_, response) => response.writeHead(200, { 'content-length': '1000000' }).flushHeaders()), 'it has more than 10 octets')
  assert.equal(await why((_, response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x')), 'it is packed as gzip')
  assert.equal(await why((_, response) => response.writeHead(404).end()), 'it answered 404')
  assert.equal(await why((request) => request.socket.destroy()), 'socket hang up')
  const leaving = new AbortController()
  assert.equal(await why(() => leaving.abort(), leaving.signal), 'it took too long')
})

test('a message fetches so many files and no more, and so many are fetched at a time', async () => {
  const all = await fetchFiles(Array.from({ length: MAX_FETCHED + 1 }, () => ({ path: 'https://files.example/x' })), async () => assert.fail('nothing is fetched'))
  assert.deepEqual(!all.ok && all.error.map(({ field, code }) => [field, code]), [['attachments', 'too_big']])
  const { promise: gate, resolve } = Promise.withResolvers<AskAddresses>()
  const fetch = fileFetcher({ rules: { allowed: blockList([]), plain: 'refused' }, ask: () => gate, userAgent: '', fetched: () => {}, stopping: new AbortController().signal })
  const running = Array.from({ length: MAX_FETCHING }, () => fetch('https://files.example/x', 10, new AbortController().signal))
  await assert.rejects(fetch('https://files.example/x', 10, new AbortController().signal), { status: 503, code: 'busy' })
  resolve(async (host) => answerOf(host, undefined))
  assert.deepEqual((await Promise.all(running)).map(({ ok }) => ok), running.map(() => false))
})
