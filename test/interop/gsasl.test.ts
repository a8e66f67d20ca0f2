import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgram, type Ran } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { ANI, PASSWORD } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

/** Logs in with GNU SASL's own client, over STARTTLS: an implementation of SCRAM and of `tls-exporter` that is not ours. */
async function login(protocol: 'smtp' | 'imap', mechanism: string, password: string): Promise<Ran> {
  const port = protocol === 'smtp' ? demo.ports.submission : demo.ports.imap
  const certificate = `${demo.dataDir}/tls/certificate.pem`
  const as = ['--mechanism', mechanism, `--x509-ca-file=${certificate}`, '--authentication-id', ANI, '--password', password, '--authorization-id', '', '--service', protocol, '--hostname', '127.0.0.1']
  // Where the channel can be bound it refuses mechanisms that do not bind it, unless told otherwise.
  const binding = mechanism.endsWith('-PLUS') ? [] : ['--no-cb']
  return await runProgram('gsasl', ['--client', ...binding, `--${protocol}`, '--starttls', `--connect=127.0.0.1:${port}`, ...as])
}

for (const protocol of ['smtp', 'imap'] as const) {
  for (const mechanism of ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256', 'PLAIN']) {
    test(`GNU SASL logs in to ${protocol} with ${mechanism}, and not with a wrong password`, async () => {
      const right = await login(protocol, mechanism, PASSWORD)
      assert.match(right.stdout + right.stderr, /Client authentication finished \(server trusted\)/)
      const wrong = await login(protocol, mechanism, 'wrong')
      assert.doesNotMatch(wrong.stdout + wrong.stderr, /server trusted/)
    })
  }
}
