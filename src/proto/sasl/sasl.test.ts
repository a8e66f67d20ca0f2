import assert from 'node:assert/strict'
import { createHash, createHmac, pbkdf2Sync } from 'node:crypto'
import test from 'node:test'
import fc from 'fast-check'
import type { TlsState } from '../../base/wire.ts'
import { decodeBase64, decodeInitialResponse, encodeBase64 } from './base64.ts'
import type { SaslAuthority, SaslExchange, SaslTurn } from './exchange.ts'
import { offeredMechanisms, startSasl } from './mechanisms.ts'
import type { Mechanism } from './mechanisms.ts'
import { deriveScramKeys } from './scram-keys.ts'

const TLS: TlsState = { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', serverName: null, exporter: new Uint8Array(32).fill(7) }
const NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0'
const SALT = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64')

/** A house with one user, `user` and `pencil`, that keeps what it was asked. */
function house(): SaslAuthority<string> & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    asked,
    async checkPassword(user, password) {
      asked.push(`password ${user} ${password}`)
      return user === 'user' && password === 'pencil' ? { kind: 'ok', identity: 'u1' } : { kind: 'fail', reason: 'credentials' }
    },
    async scramSecrets(user) {
      asked.push(`keys ${user}`)
      if (user === 'silent') return { kind: 'fail', reason: 'temporary' }
      const passwords = user === 'user' ? ['spare', 'pencil'] : [`nobody ${user}`]
      const keys = await Promise.all(passwords.map((password) => deriveScramKeys(password, SALT, 4096)))
      const candidates = keys.map((each, i) => ({ ...each, credential: `c${i + 1}` }))
      return { kind: 'secrets', secrets: { salt: SALT, iterations: 4096, candidates } }
    },
    async scramDone(user, credential) {
      asked.push(`${credential === null ? 'failed' : `proved ${credential}`} ${user}`)
      return credential !== null ? { kind: 'ok', identity: 'u1' } : { kind: 'fail', reason: 'credentials' }
    },
  }
}

interface Choice {
  readonly tls?: TlsState | null
  readonly offered?: readonly Mechanism[]
  readonly finalData?: 'challenge' | 'with-success'
}

function start(name: string, authority: SaslAuthority<string>, { tls = TLS, offered, finalData }: Choice = {}): SaslExchange<string> {
  const options = { authority, tls, offered: offered ?? offeredMechanisms(tls, 'allow'), serverNonce: () => NONCE }
  const exchange = startSasl(name, finalData === undefined ? options : { ...options, finalData })
  assert.ok(exchange, `${name} is offered`)
  return exchange
}

const bytes = (text: string): Buffer => Buffer.from(text)
const said = (turn: SaslTurn<string>): string => (turn.kind === 'challenge' ? Buffer.from(turn.data).toString() : JSON.stringify(turn))

/** A client of SCRAM-SHA-256, written from RFC 5802 §3 apart from the server. */
function clientFinal(password: string, header: string, bare: string, serverFirst: string, channel: Uint8Array = bytes('')): string {
  const [r = '', s = '', i = ''] = serverFirst.split(',')
  const salted = pbkdf2Sync(password, Buffer.from(s.slice(2), 'base64'), Number(i.slice(2)), 32, 'sha256')
  const clientKey = createHmac('sha256', salted).update('Client Key').digest()
  const stored = createHash('sha256').update(clientKey).digest()
  const without = `c=${Buffer.concat([bytes(header), channel]).toString('base64')},${r}`
  const signature = createHmac('sha256', stored).update(`${bare},${serverFirst},${without}`).digest()
  return `${without},p=${Buffer.from(clientKey.map((byte, at) => byte ^ (signature[at] ?? 0))).toString('base64')}`
}

test('The SCRAM-SHA-256 example of RFC 7677 section 3 comes out byte for byte', async () => {
  const exchange = start('scram-sha-256', house(), { tls: null })
  assert.equal(said(await exchange.step(null)), '')
  assert.equal(
    said(await exchange.step(bytes('n,,n=user,r=rOprNGfwEbeRWgbNEkqO'))),
    'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096',
  )
  const proof = 'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ='
  const last = await exchange.step(bytes(`c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,${proof}`))
  assert.equal(said(last), 'v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=')
  assert.deepEqual(await exchange.step(bytes('')), { kind: 'done', identity: 'u1', data: null })
})

test('A protocol that can send data with success is given it with the success', async () => {
  const exchange = start('SCRAM-SHA-256', house(), { tls: null, finalData: 'with-success' })
  const first = said(await exchange.step(bytes('n,,n=user,r=abc')))
  const turn = await exchange.step(bytes(clientFinal('pencil', 'n,,', 'n=user,r=abc', first)))
  assert.ok(turn.kind === 'done' && turn.data !== null)
  assert.match(Buffer.from(turn.data).toString(), /^v=.{44}$/)
})

test('SCRAM-SHA-256-PLUS binds the proof to this TLS channel', async () => {
  for (const [channel, expected] of [
    [TLS.exporter, 'challenge'],
    [new Uint8Array(32).fill(8), 'fail'],
  ] as const) {
    const authority = house()
    const exchange = start('SCRAM-SHA-256-PLUS', authority)
    const first = said(await exchange.step(bytes('p=tls-exporter,,n=user,r=abc')))
    const final = clientFinal('pencil', 'p=tls-exporter,,', 'n=user,r=abc', first, channel ?? bytes(''))
    assert.equal((await exchange.step(bytes(final))).kind, expected)
    assert.equal(authority.asked.at(-1), expected === 'fail' ? 'failed user' : 'proved c2 user')
  }
})

test('A client that thinks we cannot bind, though we offered it, is a downgrade and fails', async () => {
  assert.deepEqual(await start('SCRAM-SHA-256', house()).step(bytes('y,,n=user,r=abc')), { kind: 'fail', reason: 'credentials' })
  const unbound = { ...TLS, exporter: null }
  assert.equal((await start('SCRAM-SHA-256', house(), { tls: unbound }).step(bytes('y,,n=user,r=abc'))).kind, 'challenge')
})

test('Binding of the wrong kind, or in the wrong mechanism, is malformed', async () => {
  for (const [name, message] of [
    ['SCRAM-SHA-256-PLUS', 'p=tls-unique,,n=user,r=abc'],
    ['SCRAM-SHA-256-PLUS', 'n,,n=user,r=abc'],
    ['SCRAM-SHA-256', 'p=tls-exporter,,n=user,r=abc'],
  ] as const) {
    assert.deepEqual(await start(name, house()).step(bytes(message)), { kind: 'fail', reason: 'malformed' }, message)
  }
})

test('A wrong password, an unknown user and a foreign identity all fail alike, each counted once', async () => {
  for (const [user, password, as] of [
    ['user', 'pencil2', ''],
    ['nobody', 'pencil', ''],
    ['user', 'pencil', 'a=other'],
  ] as const) {
    const authority = house()
    const exchange = start('SCRAM-SHA-256', authority, { tls: null })
    const first = said(await exchange.step(bytes(`n,${as},n=${user},r=abc`)))
    const turn = await exchange.step(bytes(clientFinal(password, `n,${as},`, `n=${user},r=abc`, first)))
    assert.deepEqual(turn, { kind: 'fail', reason: 'credentials' })
    assert.deepEqual(authority.asked, [`keys ${user}`, `failed ${user}`])
  }
})

test('Names with a comma or an equals sign are unescaped, and any other use of = is malformed', async () => {
  const authority = house()
  await start('SCRAM-SHA-256', authority, { tls: null }).step(bytes('n,,n=a=2Cb=3Dc,r=abc'))
  assert.deepEqual(authority.asked, ['keys a,b=c'])
  const other = await start('SCRAM-SHA-256', house(), { tls: null }).step(bytes('n,,n=a=41,r=abc'))
  assert.deepEqual(other, { kind: 'fail', reason: 'malformed' })
})

test('Any of a user\'s passwords may be proved, and the house is told which', async () => {
  for (const [password, credential] of [['spare', 'c1'], ['pencil', 'c2']] as const) {
    const authority = house()
    const exchange = start('SCRAM-SHA-256', authority, { tls: null })
    const first = said(await exchange.step(bytes('n,,n=user,r=abc')))
    assert.equal((await exchange.step(bytes(clientFinal(password, 'n,,', 'n=user,r=abc', first)))).kind, 'challenge')
    assert.equal(authority.asked.at(-1), `proved ${credential} user`)
  }
})

test('A silent house is a temporary failure', async () => {
  const exchange = start('SCRAM-SHA-256', house(), { tls: null })
  assert.deepEqual(await exchange.step(bytes('n,,n=silent,r=abc')), { kind: 'fail', reason: 'temporary' })
})

test('PLAIN asks for its message when there is none, and lets the right password in', async () => {
  const exchange = start('PLAIN', house())
  assert.equal(said(await exchange.step(null)), '')
  assert.deepEqual(await exchange.step(bytes('\0user\0pencil')), { kind: 'done', identity: 'u1', data: null })
  assert.deepEqual(await exchange.step(bytes('\0user\0pencil')), { kind: 'fail', reason: 'malformed' })
  assert.equal((await start('PLAIN', house()).step(bytes('user\0user\0pencil'))).kind, 'done')
})

test('PLAIN refuses another identity, missing parts, bytes that are no UTF-8, and a second NUL in the password', async () => {
  assert.deepEqual(await start('PLAIN', house()).step(bytes('root\0user\0pencil')), { kind: 'fail', reason: 'credentials' })
  for (const bad of ['', 'user', '\0user', '\0\0pencil', '\0user\0', '\0user\0pen\0cil', `\0user\0${'x'.repeat(1025)}`]) {
    assert.deepEqual(await start('PLAIN', house()).step(bytes(bad)), { kind: 'fail', reason: 'malformed' }, JSON.stringify(bad))
  }
  assert.deepEqual(await start('PLAIN', house()).step(Buffer.from('\0us\xe9r\0x', 'latin1')), { kind: 'fail', reason: 'malformed' })
})

test('LOGIN asks for name and password, or takes the name at once', async () => {
  const slow = start('LOGIN', house())
  assert.equal(said(await slow.step(null)), 'Username:')
  assert.equal(said(await slow.step(bytes('user'))), 'Password:')
  assert.equal((await slow.step(bytes('pencil'))).kind, 'done')
  const quick = start('LOGIN', house())
  assert.equal(said(await quick.step(bytes('user'))), 'Password:')
  assert.deepEqual(await quick.step(bytes('wrong')), { kind: 'fail', reason: 'credentials' })
})

test('Nothing is offered without TLS unless allowed, and PLUS only where TLS can bind', () => {
  assert.deepEqual(offeredMechanisms(null, 'refuse'), [])
  assert.deepEqual(offeredMechanisms(null, 'allow'), ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'])
  assert.deepEqual(offeredMechanisms({ ...TLS, exporter: null }, 'refuse'), ['SCRAM-SHA-256', 'PLAIN', 'LOGIN'])
  assert.equal(offeredMechanisms(TLS, 'refuse')[0], 'SCRAM-SHA-256-PLUS')
  assert.equal(startSasl('PLAIN', { authority: house(), tls: null, offered: [], serverNonce: () => NONCE }), null)
})

test('Base64 is taken strictly, and a lone equals sign is the empty initial response', () => {
  assert.deepEqual(decodeBase64('AGEAYg=='), Buffer.from('\0a\0b'))
  for (const bad of ['AGEAYg', 'AGEAYg=', 'AGE AYg==', 'AGEAYg==\n', '=', '====', 'A-_A']) assert.equal(decodeBase64(bad), null, bad)
  assert.deepEqual(decodeInitialResponse('='), new Uint8Array(0))
  assert.equal(encodeBase64(Buffer.from('xab').subarray(1)), 'YWI=')
})

test('Whatever bytes come, no mechanism throws, and no exchange goes past six steps', async () => {
  const part = fc.constantFrom('n', 'y', 'p=tls-exporter', ',', 'n=user', 'r=abc', 'm=1', 'c=biws', 'p=', '\0', 'AAAA', '=')
  const parts = fc.array(part, { maxLength: 12 }).map((each) => bytes(each.join('')))
  const message = fc.oneof(fc.uint8Array({ maxLength: 200 }), parts)
  const name = fc.constantFrom<Mechanism>('PLAIN', 'LOGIN', 'SCRAM-SHA-256', 'SCRAM-SHA-256-PLUS')
  await fc.assert(
    fc.asyncProperty(name, fc.array(fc.option(message), { maxLength: 6 }), async (mechanism, messages) => {
      const exchange = start(mechanism, house())
      for (const response of messages) {
        const turn = await exchange.step(response)
        assert.notEqual(turn.kind, 'done')
        if (turn.kind === 'fail') assert.deepEqual(await exchange.step(response), { kind: 'fail', reason: 'malformed' })
      }
    }),
    { numRuns: 500 },
  )
})
