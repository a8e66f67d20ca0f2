import { capabilities } from '../capabilities.ts'
import { command, done, noArguments } from '../command.ts'

/** CAPABILITY. RFC 9051 §6.1.1. */
export const capability = command({
  verb: 'CAPABILITY',
  when: 'any',
  news: 'none',
  parse: noArguments,
  async run(session) {
    session.untagged(`CAPABILITY ${capabilities(session)}`)
    return done('That is what I can do')
  },
})
