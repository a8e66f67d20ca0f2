import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { runProgram, runWell } from '../support/program.ts'
import { type Demo, startDemo } from '../support/server.ts'
import { ANI, BUDI, PASSWORD, subjects } from './mail.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const TO_ANI = ['--from', 'you@example.org', '--to', ANI]
const AS_ANI = ['--from', ANI, '--to', BUDI, '--auth-user', ANI, '--auth-password', PASSWORD]

test('swaks delivers on the mail port, in plain text and after STARTTLS', async () => {
  const server = ['--server', `127.0.0.1:${demo.ports.smtp}`]
  await runWell('swaks', [...server, ...TO_ANI, '--h-Subject', 'swaks plain'])
  const { stdout } = await runWell('swaks', [...server, ...TO_ANI, '--tls', '--h-Subject', 'swaks starttls'])
  assert.match(stdout, /TLS started with cipher TLSv1\.3/)
  const got = await subjects(demo.ports, ANI)
  assert.ok(got.includes('swaks plain') && got.includes('swaks starttls'), got.join(', '))
})

test('swaks delivers over LMTP', async () => {
  await runWell('swaks', ['--protocol', 'LMTP', '--server', `127.0.0.1:${demo.ports.lmtp}`, ...TO_ANI, '--h-Subject', 'swaks lmtp'])
  assert.ok((await subjects(demo.ports, ANI)).includes('swaks lmtp'))
})

for (const mechanism of ['PLAIN', 'LOGIN']) {
  test(`swaks submits with AUTH ${mechanism}, over STARTTLS and over TLS`, async () => {
    const auth = [...AS_ANI, '--auth', mechanism]
    await runWell('swaks', ['--server', `127.0.0.1:${demo.ports.submission}`, '--tls', ...auth, '--h-Subject', `${mechanism} starttls`])
    await runWell('swaks', ['--server', `127.0.0.1:${demo.ports.submissions}`, '--tls-on-connect', ...auth, '--h-Subject', `${mechanism} tls`])
    const got = await subjects(demo.ports, BUDI)
    assert.ok(got.includes(`${mechanism} starttls`) && got.includes(`${mechanism} tls`), got.join(', '))
  })
}

test('swaks is refused with a wrong password, for a recipient we do not have, and for one elsewhere', async () => {
  const submissions = ['--server', `127.0.0.1:${demo.ports.submissions}`, '--tls-on-connect']
  const wrong = await runProgram('swaks', [...submissions, '--from', ANI, '--to', BUDI, '--auth', 'PLAIN', '--auth-user', ANI, '--auth-password', 'x'])
  assert.equal(wrong.code, 28, wrong.stdout)
  assert.match(wrong.stdout, /<~\* +535 5\.7\.8 /)
  const server = ['--server', `127.0.0.1:${demo.ports.smtp}`, '--from', 'you@example.org']
  const nobody = await runProgram('swaks', [...server, '--to', 'nobody@merpati.test'])
  assert.match(nobody.stdout, /<[~*]\* +550 5\.1\.1 /)
  const elsewhere = await runProgram('swaks', [...server, '--to', 'somebody@elsewhere.example'])
  assert.match(elsewhere.stdout, /<[~*]\* +550 5\.7\.1 /)
})
