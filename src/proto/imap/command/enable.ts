import { command, done } from '../command.ts'
import type { Scanner } from '../scanner.ts'

const MAX_WORDS = 64

/** ENABLE: extensions that change what the server sends unasked. RFC 9051 §6.3.1, RFC 7162 §3.2.3, RFC 9755 §3. */
export const enable = command({
  verb: 'ENABLE',
  when: 'authenticated',
  news: 'none',
  parse: (s: Scanner) => {
    const words: string[] = []
    while (s.skip(' ') && words.length < MAX_WORDS) words.push(s.word())
    if (words.length === 0) s.fail('expected the name of an extension')
    return words
  },
  async run(session, words) {
    const enabled: string[] = []
    for (const word of words) {
      switch (word) {
        case 'IMAP4REV2':
          session.rev2 = true
          session.utf8 = true
          enabled.push('IMAP4rev2')
          break
        case 'UTF8=ACCEPT':
          session.utf8 = true
          enabled.push(word)
          break
        case 'CONDSTORE':
          session.condstore = true
          enabled.push(word)
          break
        case 'QRESYNC':
          session.condstore = true
          session.qresync = true
          enabled.push(word)
          break
      }
    }
    session.untagged(['ENABLED', ...enabled].join(' '))
    return done('Enabled what I know')
  },
})
