import type { Config, Protocol } from '../config/config.ts'
import { VERSION } from '../version.ts'
import { DEMO_PASSWORD } from './people.ts'

/** What the demo tells whoever started it: where everything is, and lines to paste. */
export function welcomeCard(config: Config, apiKey: string): string {
  const port = (protocol: Protocol, security: 'none' | 'starttls' | 'implicit'): number =>
    config.listeners.find((listener) => listener.protocol === protocol && listener.security === security)?.port ?? 0
  const smtp = port('smtp', 'starttls')
  const submissions = port('submission', 'implicit')
  const imaps = port('imap', 'implicit')
  const http = `http://127.0.0.1:${port('http', 'none')}`
  return `
Merpati ${VERSION}  demo on 127.0.0.1, data in ${config.dataDir}

  Accounts    ani@merpati.test  budi@merpati.test  admin@merpati.test   password ${DEMO_PASSWORD}

  SMTP        ${smtp}   LMTP ${port('lmtp', 'none')}
  Submission  ${port('submission', 'starttls')} (STARTTLS)  ${submissions} (TLS)
  IMAP        ${port('imap', 'starttls')}  ${imaps} (TLS)
  POP3        ${port('pop3', 'starttls')}  ${port('pop3', 'implicit')} (TLS)
  HTTP        ${http}   https://127.0.0.1:${port('http', 'implicit')}

  Send ani a message:   swaks --server 127.0.0.1:${smtp} --from you@example.org --to ani@merpati.test
  Read her inbox:       curl -k --user ani@merpati.test:${DEMO_PASSWORD} 'imaps://127.0.0.1:${imaps}/INBOX;UID=*'
  Send as ani:          swaks --server 127.0.0.1:${submissions} --tls-on-connect --auth PLAIN --auth-user ani@merpati.test \\
                          --auth-password ${DEMO_PASSWORD} --from ani@merpati.test --to budi@merpati.test

  ${elsewhere(config)} Stop with Ctrl-C.

API key  ${apiKey}

  Send with it:         curl -H 'Authorization: Bearer ${apiKey}' -H 'Content-Type: application/json' ${http}/v1/emails \\
                          -d '{"from": "ani@merpati.test", "to": "budi@merpati.test", "subject": "Hello", "text": "Hello"}'
  All that it opens:    ${http}/v1/docs
`
}

function elsewhere({ outbound }: Config): string {
  if (outbound.mode === 'captured') return 'Mail to other domains is kept, not sent: merpati queue list. bounced@, deferred@ and complained@ of any domain do what they say.'
  return 'Mail to other domains is sent: merpati queue list shows what waits.'
}
