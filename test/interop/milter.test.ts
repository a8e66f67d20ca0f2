import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { openScanners } from '../../src/core/filter/scan/remote.ts'
import { type Scan, scanMessage } from '../../src/core/filter/scan/scan.ts'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { Signer } from '../../src/proto/dkim/sign.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/program.ts'

const KEY = generateKeyPairSync('rsa', { modulusLength: 2048 })
const SIGNAL = new AbortController().signal
const MESSAGE = Buffer.from(`From: Ani <ani@me.example>\r\nTo: budi@there.example\r\nSubject:  Halo\r\n\tlagi \r\nDate: ${new Date().toUTCString()}\r\nMessage-ID: <1@me.example>\r\n\r\n${'Halo Budi \r\n'.repeat(20_000)}`)

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: Daemon
let socket: string
before(async () => {
  folder = await temporaryFolder()
  socket = join(folder.path, 'opendkim.sock')
  const keys = join(folder.path, 'keys')
  await writeFile(keys, `s._domainkey.me.example ${formatKeyRecord(KEY.publicKey)}\n`)
  const file = join(folder.path, 'opendkim.conf')
  const lines = ['Mode v', 'Background no', 'Syslog no', `Socket local:${socket}`, `TestPublicKeys ${keys}`, 'AlwaysAddARHeader yes', 'On-BadSignature reject', 'AuthservID mx.there.example', 'UMask 000', `TemporaryDirectory ${folder.path}`]
  await writeFile(file, `${lines.join('\n')}\n`)
  daemon = await startDaemon('opendkim', ['-f', '-x', file], socket)
})
after(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function scan(message: Uint8Array): Promise<Scan> {
  const milters = [{ name: 'opendkim', address: { kind: 'unix', path: socket }, onOutage: 'tempfail' }] as const
  const options = openScanners({ clamav: null, rspamd: null, milters }, 'mx.there.example', { clock: { nowMs: () => 0 }, log: silentLog, count() {} })
  const mail = {
    id: 'm1',
    client: { address: '192.0.2.7', port: 40_000, name: null },
    helo: 'mx.me.example',
    from: 'ani@me.example',
    recipients: ['budi@there.example'],
    login: null,
    async *open() {
      for (let at = 0; at < message.length; at += 60_000) yield message.subarray(at, at + 60_000)
    },
  }
  return await scanMessage(options, mail, SIGNAL)
}

async function signed(): Promise<Buffer> {
  const signer = new Signer([{ domain: 'me.example', selector: 's', key: KEY.privateKey }], { atSeconds: Math.floor(Date.now() / 1000), lifeSeconds: null, header: 'simple', body: 'simple' })
  signer.push(MESSAGE)
  return Buffer.concat([Buffer.from((await signer.finish()) ?? ''), MESSAGE])
}

const results = ({ changes }: Scan): readonly string[] => changes.flatMap((change) => (change.name === 'Authentication-Results' ? [`${change.kind}: ${change.value}`] : []))

test('opendkim verifies what it is shown, to the last octet, and says so in a field to be inserted', async () => {
  const passed = await scan(await signed())
  assert.deepEqual([passed.defer, passed.reply, passed.findings], [false, null, []], daemon.log())
  assert.match(results(passed).join('\n'), /^insert: mx\.there\.example;[^]*dkim=pass/)
})

test('opendkim says when there is no signature', async () => {
  assert.match(results(await scan(MESSAGE)).join('\n'), /dkim=none/)
})

test('a refusal of opendkim is heard in its own words', async () => {
  const changed = await signed()
  changed[changed.length - 5] = 0x21
  const { reply, findings, defer } = await scan(changed)
  assert.equal(reply?.code, 550)
  assert.match(reply?.text ?? '', /signature/i)
  assert.deepEqual([findings.map(({ rule }) => rule), defer], [['MILTER_REJECT'], false])
})

test('a milter that is down is an outage, by its policy', async () => {
  await daemon[Symbol.asyncDispose]()
  assert.deepEqual((await scan(MESSAGE)).defer, true)
})
