import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'node:test'
import { runWell } from '../support/program.ts'
import { startDemo } from '../support/server.ts'

test("Python's smtplib, imaplib and poplib send, read, search, copy and delete", async () => {
  await using demo = await startDemo()
  const { smtp, submissions, imap, imaps, pop3s } = demo.ports
  const script = fileURLToPath(new URL('python.py', import.meta.url))
  const { stdout } = await runWell('python3', [script, ...[smtp, submissions, imap, imaps, pop3s].map(String)])
  assert.equal(stdout, 'well\n')
})
