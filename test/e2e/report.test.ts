import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { until } from '../../bench/tool/wait.ts'
import { writeAggregate } from '../../src/proto/dmarc/aggregate-write.ts'
import { encodeBase64 } from '../../src/proto/mail/encode-body.ts'
import { writeTlsReport } from '../../src/proto/tlsrpt/write.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { SmtpClient } from '../support/smtp-client.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const BEGIN = Date.parse('2026-01-01') / 1000

/** Another house sends us a report: by a gateway in front of us that has checked it, or as a stranger who proves nothing. */
async function report(mediaType: string, text: string, by: 'gateway' | 'stranger' = 'gateway'): Promise<void> {
  using client = await SmtpClient.open({ port: by === 'gateway' ? demo.ports.lmtp : demo.ports.smtp })
  await client.command(by === 'gateway' ? 'LHLO gateway.test' : 'EHLO far.test')
  const file = Buffer.from(encodeBase64(gzipSync(text))).toString('latin1')
  const data = `From: reports@far.test\r\nTo: postmaster@merpati.test\r\nSubject: Report Domain: merpati.test\r\nMIME-Version: 1.0\r\nContent-Type: ${mediaType}\r\nContent-Transfer-Encoding: base64\r\n\r\n${file}\r\n`
  const reply = await client.send({ from: 'reports@far.test', to: ['postmaster@merpati.test'], data })
  assert.equal(reply.code, 250, reply.text)
}

async function listed(kind: string, domain = 'merpati.test'): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return JSON.parse((await demo.cli(['report', kind, 'list', domain, '--json'])).stdout) as readonly Readonly<Record<string, unknown>>[]
}

test('reports that arrive about our domains are shown on the command line, and none of a sender who proves nothing', async () => {
  const policy = { domain: 'merpati.test', policy: 'reject', subdomains: null, nonexistent: null, dkim: 'r', spf: 'r', failureOptions: null, testing: false, discovery: null } as const
  const row = { source: '192.0.2.1', count: 3, disposition: 'pass', dkim: 'pass', spf: 'fail', reasons: [], headerFrom: 'merpati.test', envelopeFrom: null, envelopeTo: null, signatures: [], spfCheck: null } as const
  const aggregate = { organization: 'Far', email: 'reports@far.test', contact: null, id: '1', begin: BEGIN, end: BEGIN + 86_399, generator: null, errors: [], policy, records: [row, { ...row, dkim: 'fail', count: 1 }] } as const
  await report('application/gzip', writeAggregate({ ...aggregate, organization: 'Palsu', id: '0' }), 'stranger')
  await report('application/gzip', writeAggregate(aggregate))
  await report('application/gzip', writeAggregate({ ...aggregate, policy: { ...policy, domain: 'far.test' } }))
  await report('application/tlsrpt+gzip', writeTlsReport({
    organization: 'Far', contact: 'tls@far.test', id: '2', beginMs: BEGIN * 1000, endMs: BEGIN * 1000 + 86_399_000,
    policies: [{ type: 'no-policy-found', lines: [], domain: 'merpati.test', hosts: [], successful: 5, failed: 0, failures: [] }],
  }))
  await until('the reports to be read', async () => (await listed('tls')).length === 1, 60_000)
  assert.deepEqual((await listed('dmarc')).map(({ reporter, passed, failed }) => [reporter, passed, failed]), [['Far', 3, 1]])
  assert.deepEqual(await listed('dmarc', 'far.test'), [])
  const shown = await demo.cli(['report', 'dmarc', 'show', 'merpati.test', '--json'])
  assert.deepEqual((JSON.parse(shown.stdout) as { document: { records: unknown[] } }).document.records, aggregate.records)
  const table = await demo.cli(['report', 'tls', 'show', 'merpati.test'])
  assert.match(table.stdout, /no-policy-found +successful +5/)
  const none = await demo.cli(['report', 'tls', 'show', 'far.test'])
  assert.match(none.stderr, /there is no such report about far\.test/)
})
