import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { submissionRules } from './mend.ts'
import { stopIn } from './own-stop.ts'

const URL = 'List-Unsubscribe: <https://toko.example/stop>'
const POST = 'List-Unsubscribe-Post: List-Unsubscribe=One-Click'

function read(stream: 'broadcast' | 'transactional' | 'submission', lines: readonly string[]) {
  const bytes = Buffer.from(`Subject: x\r\n${lines.map((line) => `${line}\r\n`).join('')}To: y\r\n\r\nx\r\n`)
  const { stop, skips } = stopIn(stream, scanHeader(bytes, submissionRules('mx.home.example')), bytes)
  return [stop, ...skips.map(({ start, end }) => bytes.toString('latin1', start, end))]
}

test('what goes to many is stopped as its sender says only where one click does it', () => {
  const own = [[URL, POST], ['List-Unsubscribe: <mailto:stop@toko.example>,\r\n\t<HTTPS://toko.example/>', 'list-unsubscribe-post:\r\n list-unsubscribe=one-click']]
  for (const lines of own) assert.deepEqual(read('broadcast', lines), ['own'], lines.join())
  const useless = [[], [URL], [POST], ['List-Unsubscribe:', POST], ['List-Unsubscribe: <mailto:stop@toko.example>', POST], ['List-Unsubscribe: <http://toko.example/>', POST], ['List-Unsubscribe: https://toko.example/', POST], [URL, 'List-Unsubscribe-Post: yes'], [URL, URL, POST], [URL, POST, POST]]
  for (const lines of useless) assert.deepEqual(read('broadcast', lines), ['ours', ...lines.map((line) => `${line}\r\n`)], lines.join())
})

test('all other mail says how it is stopped as it likes', () => {
  for (const stream of ['transactional', 'submission'] as const) assert.deepEqual(read(stream, ['List-Unsubscribe: <mailto:stop@toko.example>']), ['own'])
})

test('what is left out stands in order among all that is', () => {
  assert.deepEqual(read('broadcast', ['Bcc: a@toko.example', POST, 'Bcc: b@toko.example']), ['ours', 'Bcc: a@toko.example\r\n', `${POST}\r\n`, 'Bcc: b@toko.example\r\n'])
})
