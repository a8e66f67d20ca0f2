import { command, noArguments } from '../command.ts'

/** LOGOUT. RFC 9051 §6.1.3: BYE comes before the tagged OK. */
export const logout = command({
  verb: 'LOGOUT',
  when: 'any',
  news: 'none',
  parse: noArguments,
  async run(session) {
    session.untagged('BYE Until next time')
    return { status: 'OK', text: 'Logged out', bye: true }
  },
})
