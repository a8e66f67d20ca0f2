import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../bench/tool/wait.ts'
import { askApi } from '../support/api.ts'
import { onPostgres } from '../support/database.ts'
import { zone } from '../support/dns/zone.ts'
import { tablesWith } from '../support/erasure.ts'
import { startNetwork } from '../support/mail-network.ts'
import type { PeerScript } from '../support/smtp-peer.ts'

const SUBJECTS = ['Budi.Santoso@far.test', 'büro.ÄÖ@far.test', 'kartini@xn--bcher-kva.test']
const OTHER = 'siti@near.test'
const WITHIN_MS = 60_000

/** A provider that blocks us, and names the recipient as it says so. */
const script: PeerScript = (stage, line) => (stage === 'rcpt' && /budi/i.test(line) ? `550 5.7.1 Service unavailable; client host 192.0.2.1 blocked using zen.spamhaus.example, ${line}` : null)

test('after an erasure no file holds the address in any form: what others were sent, links, replies of providers, the log', async () => {
  await using network = await startNetwork({ names: { '@': { MX: ['10 mx2'] }, mx2: { A: ['127.0.0.2'] } }, zones: [zone('near.test', { '@': { MX: ['10 mx3'] }, mx3: { A: ['127.0.0.3'] } })], peers: { 2: { script }, 3: {} } })
  const { demo } = network
  const send = async (json: object): Promise<void> => assert.equal((await askApi(demo, '/v1/emails', { json: { from: 'ani@merpati.test', subject: 'Halo', text: 'Halo', ...json } })).status, 202)
  for (const subject of SUBJECTS) {
    await send({ to: `Budi <${subject}>`, text: `Untuk ${subject.toUpperCase()}` })
    await send({ to: [subject, OTHER], stream: 'broadcast', html: `<a href="https://far.example/?e=${encodeURIComponent(subject)}">x</a>` })
    await send({ to: OTHER, text: `Hubungi ${subject} ya`, reply_to: subject })
    await send({ to: OTHER, stream: 'broadcast', html: `<p><a href="https://far.example/?e=${encodeURIComponent(subject)}&b=${Buffer.from(subject).toString('base64')}">x</a> ${subject.replace('@', '&#64;')}</p>` })
    await askApi(demo, `/v1/suppressions/${encodeURIComponent(subject)}`)
    const text = Buffer.from(`Hubungi ${subject} ya. Teks ini panjang. `.repeat(3)).toString('base64').replace(/.{76}/g, '$&\r\n')
    await network.submit([OTHER], `From: ani@merpati.test\r\nTo: ${OTHER}\r\nMIME-Version: 1.0\r\nContent-Transfer-Encoding: base64\r\n\r\n${text}\r\n`)
  }
  const url = onPostgres ? String(demo.env['MERPATI_DATABASE_URL']) : null
  await until('the block', () => readFileSync(join(demo.dataDir, 'log', 'merpati.log'), 'latin1').includes('outbound.rule-hit'), WITHIN_MS)
  for (const email of SUBJECTS) {
    const asked = await askApi(demo, '/v1/subjects/erase', { json: { email } })
    await until(`the erasure of ${email}`, async () => (await askApi(demo, `/v1/subjects/erasures/${String(asked.body['id'])}`)).body['state'] === 'done', WITHIN_MS, 200)
  }
  assert.equal(await demo.stop(), 0)
  for (const subject of SUBJECTS) assert.deepEqual([...placesOf(demo.dataDir, subject), ...(url === null ? [] : await tablesWith(url, subject.toLowerCase()))], [])
})

/** Files in which a form of the address stands. */
function placesOf(folder: string, subject: string): readonly string[] {
  const raw = [subject, subject.replace('@', '%40'), encodeURIComponent(subject), subject.replace('@', '=40'), subject.replace('@', '&#64;'), subject.replace('xn--bcher-kva', 'bücher')]
  const forms = raw.map((form) => Buffer.from(form).toString('latin1').toLowerCase())
  const codes = [subject, subject.toLowerCase(), subject.toUpperCase()].flatMap((form) => [0, 1, 2].map((skip) => Buffer.from('x'.repeat(skip) + form).toString('base64').slice(skip === 0 ? 0 : 4, -4)))
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  return files.flatMap(({ parentPath, name }) => {
    const bytes = readFileSync(join(parentPath, name), 'latin1')
    const folded = bytes.toLowerCase()
    return [...forms.filter((form) => folded.includes(form)), ...codes.filter((form) => bytes.includes(form))].map((form) => `${form} in ${name}`)
  })
}
