import { command, done } from '../command.ts'
import { refusal } from '../refusal.ts'
import type { Scanner } from '../scanner.ts'
import { roleOf } from '../special-use.ts'

/** CREATE, with the role of CREATE-SPECIAL-USE and the id of OBJECTID. RFC 9051 §6.3.4, RFC 6154 §3, RFC 8474 §4.1. */
export const create = command({
  verb: 'CREATE',
  when: 'authenticated',
  news: 'all',
  parse: (s: Scanner) => {
    s.need(' ')
    const path = s.mailbox().replace(/\/$/, '') // A delimiter at the end says that levels will follow: it is no part of the name.
    return { path, role: s.skip(' (USE (') ? scanRole(s) : null }
  },
  async run(_session, { path, role }, { store }) {
    const made = await store.create(path, role)
    return made.kind === 'done' ? done('Created', `MAILBOXID (${made.id})`) : refusal(made)
  },
})

function scanRole(s: Scanner): string | null {
  s.need('\\')
  const role = roleOf(`\\${s.atom()}`)
  if (role === null) s.fail('that use is not supported')
  s.need('))')
  return role
}
