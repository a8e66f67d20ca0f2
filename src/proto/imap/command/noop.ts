import { command, done, noArguments } from '../command.ts'

/** NOOP: tells the news, if there is any. RFC 9051 §6.1.2. */
export const noop = command({
  verb: 'NOOP',
  when: 'any',
  news: 'all',
  parse: noArguments,
  async run() {
    return done('Nothing done')
  },
})

/** CHECK: everything is on disk already, so it is NOOP. RFC 3501 §6.4.1; gone from RFC 9051. */
export const check = command({
  verb: 'CHECK',
  when: 'selected',
  news: 'all',
  parse: noArguments,
  async run() {
    return done('Checked')
  },
})
