import { command, done } from '../command.ts'
import type { Scanner } from '../scanner.ts'

/** Fields that a client may tell of itself. RFC 2971 §3.3. */
const MAX_FIELDS = 30

/** ID: who talks to whom. What the client says goes to the debug log, for whoever must mend its mail. RFC 2971. */
export const id = command({
  verb: 'ID',
  when: 'any',
  news: 'none',
  parse: scanFields,
  async run(session, fields) {
    session.config.log.debug('imap.client.named', { fields })
    session.untagged(`ID ("name" "Merpati" "version" ${session.string(session.config.version)})`)
    return done('Pleased to meet you')
  },
})

function scanFields(s: Scanner): Readonly<Record<string, string | null>> {
  const fields: [string, string | null][] = []
  s.need(' ')
  if (s.skip('NIL')) return {}
  s.need('(')
  while (s.fault === null && !s.sees(')')) {
    if (fields.length === MAX_FIELDS) s.fail('too many fields')
    if (fields.length > 0) s.need(' ')
    const name = s.string()
    s.need(' ')
    fields.push([name, s.nstring()])
  }
  s.need(')')
  return Object.fromEntries(fields)
}
