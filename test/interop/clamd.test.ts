import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { clamdHealth } from '../../src/core/filter/scan/clamav.ts'
import { DEFER_MS } from '../../src/core/filter/scan/limits.ts'
import { openScanners, opener } from '../../src/core/filter/scan/remote.ts'
import { scanMessage } from '../../src/core/filter/scan/scan.ts'
import type { ScannedMail } from '../../src/core/filter/scan/scanner.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/program.ts'

/** The harmless file that all scanners know, in two halves so that none takes this one for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')
const UNWANTED = 'an unwanted program, let us say'
const MAX_BYTES = 1024 * 1024
const SIGNAL = new AbortController().signal

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: Daemon
let socket: string
before(async () => {
  folder = await temporaryFolder()
  socket = join(folder.path, 'clamd.sock')
  const database = join(folder.path, 'db')
  await mkdir(database)
  // Name, target (any file), offset (anywhere), the bytes in hex; and by digest: digest, size, name.
  await writeFile(join(database, 'own.ndb'), `Own.Eicar.Test:0:*:${Buffer.from(EICAR).toString('hex')}\n`)
  await writeFile(join(database, 'own.hdu'), `${createHash('md5').update(UNWANTED).digest('hex')}:${UNWANTED.length}:PUA.Own.Tool\n`)
  await startClamd()
})
after(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function startClamd(): Promise<void> {
  const file = join(folder.path, 'clamd.conf')
  const lines = ['Foreground yes', `LocalSocket ${socket}`, 'FixStaleSocket yes', `DatabaseDirectory ${join(folder.path, 'db')}`, `TemporaryDirectory ${folder.path}`, `StreamMaxLength ${MAX_BYTES}`, 'DetectPUA yes', 'MaxThreads 4', 'SelfCheck 0']
  await writeFile(file, `${lines.join('\n')}\n`)
  daemon = await startDaemon('clamd', [`--config-file=${file}`], socket)
}

const mail = (body: string | Uint8Array): ScannedMail => ({
  id: 'm1',
  client: { address: '192.0.2.7', port: 40_000, name: null },
  helo: 'mx.far.example',
  from: 'ani@far.example',
  recipients: ['budi@near.example'],
  login: null,
  async *open() {
    yield Buffer.from('From: Ani <ani@far.example>\r\nSubject: Halo\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n')
    yield Buffer.from(Buffer.from(body).toString('base64').replace(/.{76}/g, '$&\r\n'))
    yield Buffer.from('\r\n')
  },
})

const open = (): ReturnType<typeof opener> => opener({ kind: 'unix', path: socket }, silentLog)

function house(): { nowMs: number; readonly scan: (body: string | Uint8Array) => ReturnType<typeof scanMessage> } {
  const clock = { nowMs: () => made.nowMs }
  const options = openScanners({ clamav: { address: { kind: 'unix', path: socket }, onOutage: 'tempfail' }, rspamd: null, milters: [] }, 'mx.near.example', { clock, log: silentLog, count() {} })
  const made = { nowMs: 1_000_000, scan: (body: string | Uint8Array) => scanMessage(options, mail(body), SIGNAL) }
  return made
}

test('clamd finds what its signatures know inside of a message, and nothing in others', async () => {
  const { scan } = house()
  assert.deepEqual(await scan('Halo Budi, apa kabar?'), { findings: [], hard: null, defer: false, reply: null, changes: [] })
  const found = await scan(EICAR)
  assert.equal(found.hard?.name, 'Own.Eicar.Test.UNOFFICIAL')
  assert.deepEqual(found.findings.map(({ rule }) => rule), ['CLAMAV_FOUND'])
})

test('what is merely unwanted weighs and is not refused', async () => {
  const { hard, findings } = await house().scan(UNWANTED)
  assert.deepEqual([hard, findings.map(({ rule }) => rule)], [null, ['CLAMAV_PUA']])
})

test('a message over the limit of clamd is told, and is not taken for an outage', async () => {
  const { findings, defer } = await house().scan(new Uint8Array(4 * MAX_BYTES))
  assert.deepEqual([findings.map(({ rule }) => rule), defer], [['CLAMAV_TOO_LARGE'], false])
})

test('twenty messages at once are scanned, each with its own answer', async () => {
  const { scan } = house()
  const scans = await Promise.all(Array.from({ length: 20 }, (_, i) => scan(i % 2 === 0 ? EICAR : `halo ${i}`)))
  assert.deepEqual(scans.map(({ hard }) => hard !== null), Array.from({ length: 20 }, (_, i) => i % 2 === 0))
})

test('clamd says that it is alive and which one it is', async () => {
  const health = await clamdHealth(open(), Date.now(), SIGNAL)
  assert.equal(health.alive, true)
  assert.match(health.version?.engine ?? '', /^ClamAV \d/)
  assert.equal(health.isStale, false)
})

test('while clamd is down mail waits, after ten minutes it comes in marked, and it is scanned again once clamd is back', async () => {
  const mine = house()
  await daemon[Symbol.asyncDispose]()
  const first = await mine.scan(EICAR)
  assert.deepEqual([first.defer, first.reply?.code, first.hard], [true, 451, null])
  mine.nowMs += DEFER_MS
  const late = await mine.scan(EICAR)
  assert.deepEqual([late.defer, late.findings.map(({ rule }) => rule)], [false, ['CLAMAV_DOWN']])
  assert.equal((await clamdHealth(open(), Date.now(), SIGNAL)).alive, false)
  await rm(socket, { force: true })
  await startClamd()
  assert.notEqual((await mine.scan(EICAR)).hard, null)
})
