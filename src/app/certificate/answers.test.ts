import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { test } from 'node:test'
import { connect, type ConnectionOptions } from 'node:tls'
import 'reflect-metadata'
import { X509Certificate as Parsed } from '@peculiar/x509'
import { silentLog } from '../../base/log.ts'
import { putAnswer, removeAnswer } from '../../core/certificate/sql-challenge.ts'
import { listenHttp } from '../../infra/http/server.ts'
import { TlsContexts } from '../../infra/net/tls.ts'
import { ACME_IDENTIFIER, acmeIdentifier } from '../../proto/acme/tls-alpn.ts'
import { openTestDatabase } from '../../../test/support/database.ts'
import { makeCertificate } from '../../../test/support/certificate.ts'
import { alpnAnswers, httpAnswers } from './answers.ts'
import { makeSelfSigned } from './x509.ts'

const NOW_MS = Date.now()

/** The certificate that is shown to a client, and the protocol agreed on; null when the connection is refused. */
async function shown(port: number, options: ConnectionOptions): Promise<{ readonly raw: Buffer; readonly protocol: string | false | null } | null> {
  const client = connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options })
  let found: { readonly raw: Buffer; readonly protocol: string | false | null } | null = null
  client.on('error', () => {}) // 'close' follows.
  client.once('secureConnect', () => {
    found = { raw: client.getPeerCertificate().raw, protocol: client.alpnProtocol }
    client.resume().end()
  })
  await new Promise<void>((resolve) => client.once('close', () => resolve()))
  return found
}

test('a validator that speaks acme-tls/1 alone is shown the proof for its name, and the connection ends; everybody else gets the usual certificate', async () => {
  await using opened = await openTestDatabase()
  const usual = await makeCertificate(['mx.test'])
  const value = acmeIdentifier('token.print')
  const proof = await makeSelfSigned({ commonName: 'x', names: ['mx.test'], addresses: [], notBeforeMs: NOW_MS - 1000, notAfterMs: NOW_MS + 3_600_000, extension: { id: ACME_IDENTIFIER, value } })
  const answer = { kind: 'tls-alpn-01', name: 'mx.test', ...proof } as const
  await opened.db.write(putAnswer, { answer, nowMs: NOW_MS, untilMs: NOW_MS + 3_600_000 })
  const tls = new TlsContexts(new Uint8Array(48))
  assert.ok(tls.setCertificates([usual]).ok)
  const listener = await listenHttp({ address: '127.0.0.1', port: 0, tls, routes: new Map(), isOurHost: () => true, log: silentLog, look: alpnAnswers(opened.db) })
  await using _ = { [Symbol.asyncDispose]: () => listener.close(1000) }
  const usualRaw = new X509Certificate(usual.cert).raw
  const seen = await shown(listener.port, { servername: 'MX.test', ALPNProtocols: ['acme-tls/1'] })
  assert.deepEqual(seen, { raw: new X509Certificate(proof.cert).raw, protocol: 'acme-tls/1' })
  // RFC 8737 §3: one DNS name, and the extension is critical.
  const extension = new Parsed(proof.cert).getExtension(ACME_IDENTIFIER)
  assert.equal(extension?.critical, true)
  assert.deepEqual(Buffer.from(extension.value), Buffer.from(value))
  assert.equal(new X509Certificate(proof.cert).subjectAltName, 'DNS:mx.test')
  for (const ALPNProtocols of [['http/1.1'], ['acme-tls/1', 'http/1.1'], undefined]) {
    const other = await shown(listener.port, { servername: 'mx.test', ...(ALPNProtocols === undefined ? {} : { ALPNProtocols }) })
    assert.deepEqual(other?.raw, usualRaw)
  }
  assert.equal(await shown(listener.port, { servername: 'other.test', ALPNProtocols: ['acme-tls/1'] }), null)
  await opened.db.write(removeAnswer, { answer })
  assert.equal(await shown(listener.port, { servername: 'mx.test', ALPNProtocols: ['acme-tls/1'] }), null)
})

test('a token is answered by GET and HEAD alone, while somebody waits for it', async () => {
  await using opened = await openTestDatabase()
  const answer = { kind: 'http-01', token: 'tok', text: 'tok.print' } as const
  await opened.db.write(putAnswer, { answer, nowMs: NOW_MS, untilMs: NOW_MS + 3_600_000 })
  const handle = httpAnswers(opened.db)
  const ask = async (path: string, method = 'GET') => await handle({ method, path, query: new URLSearchParams(), headers: {}, address: '::1', secure: false, body: async () => null }, new AbortController().signal)
  const found = await ask('/.well-known/acme-challenge/tok')
  assert.deepEqual([found.status, found.body], [200, 'tok.print'])
  for (const path of ['/.well-known/acme-challenge/', '/.well-known/acme-challenge/tok/', '/.well-known/tok', '/.well-known/acme-challenge/TOK']) assert.equal((await ask(path)).status, 404)
  assert.equal((await ask('/.well-known/acme-challenge/tok', 'DELETE')).status, 404)
  await opened.db.write(removeAnswer, { answer })
  assert.equal((await ask('/.well-known/acme-challenge/tok')).status, 404)
})
