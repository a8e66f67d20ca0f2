import { readFileSync, readdirSync } from 'node:fs'
import test from 'node:test'
import { silentLog } from '../../src/base/log.ts'
import { AUTOLOGOUT_MS } from '../../src/proto/pop3/limits.ts'
import { servePop3 } from '../../src/proto/pop3/session.ts'
import { playDialog } from '../support/dialog.ts'
import { MemoryPop3 } from '../support/memory-pop3.ts'
import { MemoryWire, TEST_TLS } from '../support/memory-wire.ts'

const FOLDER = new URL('./pop3/', import.meta.url)
const HEAD = 'From: budi@merpati.test\r\nSubject:'

/** Each dialog gets a house of its own. `#! tls` begins under TLS, `#! plain` takes passwords without it. */
for (const name of readdirSync(FOLDER).filter((file) => file.endsWith('.dialog'))) {
  const source = readFileSync(new URL(name, FOLDER), 'utf8')
  test(`POP3 holds the dialog ${name}`, async () => {
    const house = new MemoryPop3()
    house.add('ani', `${HEAD} One\r\n\r\nThe first message.\r\n`)
    house.add('ani', `${HEAD} Dots\r\n\r\n.\r\n.leading\r\nnot.leading\r\n..\r\n`)
    house.add('ani', `${HEAD} Two\r\n\r\nThe other message.\r\n`)
    house.add('bare', `${HEAD} BDAT\r\n\r\nNo line end`, `${HEAD} Dot\r\n\r\n.`, `${HEAD} LF\r\n\r\nA bare one\n`)
    for (const login of ['noscan', 'hasty', 'user']) house.add(login)
    const plainPasswords = /^#! plain$/m.test(source) ? 'allow' : 'refuse'
    const sessions: Promise<void>[] = []
    const wires: MemoryWire[] = []
    const connect = (): MemoryWire => {
      const wire = new MemoryWire({ tls: /^#! tls$/m.test(source) ? TEST_TLS : null })
      const config = { stls: 'offer', plainPasswords, autologoutMs: AUTOLOGOUT_MS, log: silentLog } as const
      sessions.push(servePop3(wire, house.backend(), config, new AbortController().signal))
      wires.push(wire)
      return wire
    }
    try {
      await playDialog(source, connect)
    } finally {
      for (const wire of wires) wire.hangUp()
    }
    await Promise.all(sessions)
  })
}
