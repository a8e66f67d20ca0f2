import { bad, command, done, noArguments } from '../command.ts'
import { TLS_WITHIN_MS } from '../limits.ts'

/** STARTTLS. RFC 9051 §6.2.1. The wire throws away what was sent before the handshake. */
export const starttls = command({
  verb: 'STARTTLS',
  when: 'greeted',
  news: 'none',
  parse: noArguments,
  async run(session) {
    const { wire } = session
    if (wire.tls !== null) return bad('TLS is up already')
    if (session.config.tls !== 'starttls') return bad('TLS is not offered here')
    session.startTls = async () => {
      if ((await wire.startTls(TLS_WITHIN_MS)) === null) session.doomed = 'The TLS handshake failed'
    }
    return done('Begin TLS now')
  },
})
