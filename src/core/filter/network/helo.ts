import type { Answer } from '../../../base/dns.ts'
import { parseDomain } from '../../../proto/mail/domain.ts'
import { type Client, parseClient } from '../../../proto/spf/client.ts'
import { finding, type Finding } from '../finding.ts'
import type { NetworkDns } from './dns.ts'
import { MAX_HELO_CHARS } from './limits.ts'
import { leadsTo } from './reverse.ts'

/** What a client called itself, and who we are. */
export interface HeloInput {
  readonly helo: string
  /** The address that the connection came from. */
  readonly client: string
  /** Our own names, lower-case, and addresses. Nobody else has them. */
  readonly ours: { readonly names: readonly string[]; readonly addresses: readonly string[] }
}

/** What a name is by its form alone. RFC 5321 §4.1.1.1, §4.1.3. */
export type HeloForm =
  | { readonly kind: 'name'; readonly name: string }
  /** Ours, though it comes from elsewhere: refused with 550 where somebody wants that. deliverability §5.1. */
  | { readonly kind: 'ours' }
  /** An address in brackets: the client's own, or another. */
  | { readonly kind: 'literal'; readonly isClient: boolean }
  /** An address without brackets, a name without a dot, or what is no name at all. */
  | { readonly kind: 'bare-address' | 'no-dot' | 'broken' }

/** Reads what a client called itself. */
export function readHelo({ helo, client, ours }: HeloInput): HeloForm {
  const from = parseClient(client)
  const isFromUs = from !== null && ours.addresses.some((address) => parseClient(address)?.text === from.text)
  const literal = /^\[(?:IPv6:)?([0-9a-f:.]{2,45})\]$/i.exec(helo)?.[1]
  const address = parseClient(literal ?? helo)
  if (address !== null) {
    if (!isFromUs && ours.addresses.some((own) => parseClient(own)?.text === address.text)) return { kind: 'ours' }
    return literal === undefined ? { kind: 'bare-address' } : { kind: 'literal', isClient: address.text === from?.text }
  }
  const name = helo.length > MAX_HELO_CHARS ? null : parseDomain(helo.endsWith('.') ? helo.slice(0, -1) : helo)
  if (name === null) return { kind: 'broken' }
  if (!isFromUs && ours.names.includes(name)) return { kind: 'ours' }
  return name.includes('.') ? { kind: 'name', name } : { kind: 'no-dot' }
}

/** Where a name leads. */
export type HeloLeads = 'to-client' | 'elsewhere' | 'nowhere' | 'unknown'

/** Looks up whether the name leads to the client, or to anything. RFC 5321 §4.1.4: that it does not is no reason to refuse. */
export async function lookUpHelo(name: string, client: string, dns: NetworkDns, signal: AbortSignal): Promise<HeloLeads> {
  const from = parseClient(client)
  const answers: Answer<unknown>[] = []
  for (const family of from?.family === 6 ? ([6, 4] as const) : ([4, 6] as const)) {
    const answer = await dns.addresses(name, family, signal)
    if (answer.kind === 'found') return from !== null && leadsToClient(from, family, answer.records) ? 'to-client' : 'elsewhere'
    answers.push(answer)
  }
  answers.push(await dns.mx(name, signal))
  if (answers.some((answer) => answer.kind === 'found')) return 'elsewhere'
  return answers.some((answer) => answer.kind === 'failed') ? 'unknown' : 'nowhere'
}

/** What the name speaks for or against. `leads` is null for what was not looked up. */
export function heloFindings(form: HeloForm, helo: string, leads: HeloLeads | null): readonly Finding[] {
  switch (form.kind) {
    case 'ours':
      return [finding('HELO_OURS', helo)]
    case 'bare-address':
      return [finding('HELO_BARE_IP', helo)]
    case 'literal':
      return form.isClient ? [] : [finding('HELO_LITERAL_MISMATCH', helo)]
    case 'no-dot':
      return [finding('HELO_NO_DOT', helo)]
    case 'broken':
      return [finding('HELO_BROKEN', helo)]
    case 'name':
      if (leads === 'to-client') return [finding('HELO_LEADS_BACK', helo)]
      return leads === 'nowhere' ? [finding('HELO_NOT_FOUND', helo)] : []
  }
}

function leadsToClient(client: Client, family: 4 | 6, addresses: readonly string[]): boolean {
  return client.family === family && leadsTo(client, addresses)
}
