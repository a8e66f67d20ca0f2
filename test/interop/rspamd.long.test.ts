import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { openScanners } from '../../src/core/filter/scan/remote.ts'
import { type Scan, scanMessage } from '../../src/core/filter/scan/scan.ts'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/program.ts'

/** The text that all filters take for spam, in two halves so that none takes this file for it. */
const GTUBE = ['XJS*C4JDBQADN1.NSBN3*2IDNEN*', 'GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X'].join('')

let folder: Awaited<ReturnType<typeof temporaryFolder>>
let daemon: Daemon
let socket: string
before(async () => {
  folder = await temporaryFolder()
  socket = join(folder.path, 'rspamd.sock')
  const file = join(folder.path, 'rspamd.conf')
  // One process that scans, no modules, no Redis, and a DNS server that nobody runs.
  const config = `
options { url_tld = "${folder.path}/tld"; filters = ""; gtube_patterns = "all"; enable_test_patterns = true; dns { nameserver = ["127.0.0.1:9"]; timeout = 0.1s; retransmits = 1; } pidfile = "${folder.path}/rspamd.pid"; dynamic_conf = "${folder.path}/dynamic"; hs_cache_dir = "${folder.path}"; stats_file = "${folder.path}/stats"; }
logging { type = "console"; level = "notice"; }
worker "normal" { bind_socket = "${socket} mode=0666"; count = 1; }
actions { reject = 15; add_header = 6; greylist = 4; }
`
  await writeFile(file, config)
  // The whole list of public suffixes takes it half a minute.
  await writeFile(join(folder.path, 'tld'), 'example\n')
  daemon = await startDaemon('rspamd', ['-f', '-c', file, '--insecure'], socket)
})
after(async () => {
  await daemon[Symbol.asyncDispose]()
  await folder[Symbol.asyncDispose]()
})

async function scan(body: string, address = socket): Promise<Scan> {
  const options = openScanners({ clamav: null, rspamd: { address: { kind: 'unix', path: address } }, milters: [] }, 'mx.near.example', { clock: { nowMs: () => 0 }, log: silentLog, count() {} })
  const mail = {
    id: 'm1',
    client: { address: '192.0.2.7', port: 40_000, name: null },
    helo: 'mx.far.example',
    from: 'ani@far.example',
    recipients: ['budi@near.example', 'cici@near.example'],
    login: null,
    async *open() {
      yield Buffer.from('From: Ani <ani@far.example>\r\nSubject: Halo\r\n\r\n')
      yield Buffer.from(body)
    },
  }
  return await scanMessage(options, mail, new AbortController().signal)
}

test('rspamd has no objection to a plain message, and would refuse the one that is for testing', async () => {
  const plain = await scan('Halo Budi\r\n')
  assert.deepEqual([plain.findings, plain.defer], [[], false], daemon.log())
  const spam = await scan(`${GTUBE}\r\n`)
  assert.deepEqual([spam.findings.map(({ rule }) => rule), spam.defer, spam.hard], [['RSPAMD_REJECT'], false, null])
})

test('a large message goes to rspamd as it is read', async () => {
  assert.deepEqual((await scan('Halo Budi\r\n'.repeat(500_000))).findings, [])
})

test('mail does not wait for an rspamd that is not there', async () => {
  const { findings, defer } = await scan('Halo\r\n', join(folder.path, 'none.sock'))
  assert.deepEqual([findings, defer], [[{ rule: 'RSPAMD_DOWN', evidence: 'rspamd' }], false])
})
