import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Daemon, startDaemon } from '../support/daemon.ts'
import { temporaryFolder } from '../support/program.ts'
import { SmtpClient, type SmtpReply } from '../support/smtp-client.ts'
import { PASSWORD, referenceIn, startTrustHouse, type TrustHouse } from '../support/trust-house.ts'
import { trustZones } from '../support/trust-zones.ts'

/** The harmless file that all scanners know, in two halves so that none takes this one for it. */
const EICAR = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$', 'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'].join('')

const mail = (author: string, body: string): string => `From: ${author}\r\nTo: ani@rumah.test\r\nSubject: Halo\r\nDate: ${new Date().toUTCString().replace('GMT', '+0000')}\r\nMessage-ID: <${body.length}@far.test>\r\n\r\n${body}\r\n`

/** From a mail server that does everything right. */
function strange({ bring }: TrustHouse, body: string): Promise<SmtpReply> {
  return bring({ client: '192.0.2.10', helo: 'mx.far.test', from: 'orang@far.test', to: ['ani@rumah.test'], data: mail('orang@far.test', body) })
}

/** From somebody here, who has logged in. */
async function own({ ports }: TrustHouse, body: string, person = 'ani'): Promise<SmtpReply> {
  using client = await SmtpClient.open({ port: ports.submissions, tls: true })
  await client.command('EHLO laptop.test')
  const login = await client.login(`${person}@rumah.test`, PASSWORD)
  assert.equal(login.code, 235, login.text)
  return await client.send({ from: `${person}@rumah.test`, to: ['ani@rumah.test'], data: mail(`${person}@rumah.test`, body) })
}

async function startClamd(folder: string): Promise<Daemon> {
  const database = join(folder, 'db')
  const socket = join(folder, 'clamd.sock')
  await chmod(folder, 0o755) // The server is another user.
  await mkdir(database)
  await writeFile(join(database, 'own.ndb'), `Own.Eicar.Test:0:*:${Buffer.from(EICAR).toString('hex')}\n`)
  const file = join(folder, 'clamd.conf')
  await writeFile(file, ['Foreground yes', `LocalSocket ${socket}`, 'LocalSocketMode 666', `DatabaseDirectory ${database}`, `TemporaryDirectory ${folder}`, 'SelfCheck 0', ''].join('\n'))
  return await startDaemon('clamd', [`--config-file=${file}`], socket)
}

test('malware is refused in the session, from strangers and from our own, and while the scanner is down mail waits', async () => {
  await using folder = await temporaryFolder()
  const daemon = await startClamd(folder.path)
  await using house = await startTrustHouse({ zones: trustZones().zones, people: ['ani', 'budi'], config: `[filter.clamav]\naddress = "unix:${join(folder.path, 'clamd.sock')}"` })
  for (const send of [strange, own]) {
    assert.equal((await send(house, 'Halo Ani, apa kabar?')).code, 250)
    assert.match((await send(house, EICAR)).text, /^554 5\.7\.1 Refused: it carries malware, Own\.Eicar\.Test\.UNOFFICIAL\. Reference m/)
  }
  await daemon[Symbol.asyncDispose]()
  const waiting = await strange(house, 'Halo Ani, masih di sana?')
  assert.match(waiting.text, /^451 4\.\d\.\d .*Reference m/)
  // Not ani: who sends malware is taken for somebody else, and may not log in any more.
  assert.equal((await own(house, 'Halo Ani, dari Budi.', 'budi')).code, 451)
  const [explained] = await house.explain(referenceIn(waiting))
  assert.deepEqual([explained?.verdict, explained?.by, explained?.checks.find(({ check }) => check === 'scanners')?.result], ['defer', 'scanner', 'unavailable'])
})

test('a house that does not wait for its scanner takes mail and marks it', async () => {
  await using house = await startTrustHouse({ zones: trustZones().zones, people: ['ani'], config: '[filter.clamav]\naddress = "unix:/nonexistent/clamd.sock"\non_outage = "tag"' })
  const reply = await strange(house, 'Halo Ani, apa kabar?')
  assert.equal(reply.code, 250)
  assert.equal((await own(house, 'Halo, catatan untuk saya.')).code, 250)
  const [explained] = await house.explain(referenceIn(reply))
  assert.ok(explained?.reasons.some(({ rule }) => rule === 'CLAMAV_DOWN'))
  using client = await house.imap('ani')
  await client.ok('EXAMINE INBOX')
  const { untagged } = await client.ok('FETCH 1 BODY.PEEK[HEADER.FIELDS (X-Spam-Status)]')
  assert.match(untagged[0]?.literals[0]?.toString() ?? '', /CLAMAV_DOWN=0/)
})
