import type { House, ServiceName } from '../house.ts'
import { xmlText } from './xml.ts'

/** Who is served, best first: TLS from the first byte (RFC 8314 §3). */
const INCOMING: readonly ServiceName[] = ['imaps', 'imap', 'pop3s', 'pop3']
const OUTGOING: readonly ServiceName[] = ['submissions', 'submission']

const TYPES: Readonly<Record<ServiceName, string>> = { submissions: 'smtp', submission: 'smtp', imaps: 'imap', imap: 'imap', pop3s: 'pop3', pop3: 'pop3', jmap: 'jmap' }

/**
 * How to set up a mail program for a domain, as Thunderbird and others read it: clientConfig 1.1. It is the same for every address of the domain,
 * so that nobody can find out which ones there are; the program fills the address in itself.
 */
export function autoconfigXml(domain: string, house: Pick<House, 'hostname' | 'services'>): string {
  const name = xmlText(domain)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<clientConfig version="1.1">',
    `  <emailProvider id="${name}">`,
    `    <domain>${name}</domain>`,
    `    <displayName>${name}</displayName>`,
    `    <displayShortName>${name}</displayShortName>`,
    ...serversOf('incomingServer', INCOMING, house),
    ...serversOf('outgoingServer', OUTGOING, house),
    '  </emailProvider>',
    '</clientConfig>',
    '',
  ].join('\n')
}

function serversOf(element: 'incomingServer' | 'outgoingServer', order: readonly ServiceName[], { hostname, services }: Pick<House, 'hostname' | 'services'>): readonly string[] {
  return order.flatMap((name) => {
    const service = services.find((each) => each.name === name)
    if (service === undefined) return []
    return [
      `    <${element} type="${TYPES[name]}">`,
      `      <hostname>${xmlText(hostname)}</hostname>`,
      `      <port>${service.port}</port>`,
      `      <socketType>${name.endsWith('s') ? 'SSL' : 'STARTTLS'}</socketType>`,
      '      <authentication>password-cleartext</authentication>', // Over TLS; SCRAM is offered too, and programs find out.
      '      <username>%EMAILADDRESS%</username>',
      `    </${element}>`,
    ]
  })
}
