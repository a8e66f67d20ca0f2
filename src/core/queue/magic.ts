import type { Category } from '../pool/category.ts'

/** What a demo pretends became of a delivery. */
export type Pretended =
  | { readonly kind: 'delivered' | 'complained' }
  | { readonly kind: 'failed' | 'deferred'; readonly reply: string; readonly status: string; readonly category: Category }
  | { readonly kind: 'suppressed' }

const MAGIC: ReadonlyMap<string, Pretended> = new Map<string, Pretended>([
  ['delivered', { kind: 'delivered' }],
  ['complained', { kind: 'complained' }],
  ['suppressed', { kind: 'suppressed' }],
  ['bounced', { kind: 'failed', reply: '550 5.1.1 No such user here', status: '5.1.1', category: 'bad-mailbox' }],
  ['full', { kind: 'deferred', reply: '452 4.2.2 The mailbox is full', status: '4.2.2', category: 'mailbox-full' }],
  ['deferred', { kind: 'deferred', reply: '451 4.3.0 Try again later', status: '4.3.0', category: 'server-busy' }],
  ['greylist', { kind: 'deferred', reply: '451 4.7.1 Greylisted, try again in five minutes', status: '4.7.1', category: 'greylist' }],
  ['timeout', { kind: 'deferred', reply: 'the connection was lost (timeout) at greeting', status: '4.4.2', category: 'timeout' }],
])

/**
 * What becomes of mail to a recipient that the demo knows: `bounced@far.example`, `deferred+7@...`, and `550@` or `4xx+451@` for a reply code.
 * Null for all others, whose mail is kept.
 */
export function pretendedFor(recipient: string): Pretended | null {
  const local = recipient.slice(0, recipient.lastIndexOf('@')).toLowerCase()
  const code = /^(?:[45]xx\+)?([45]\d\d)$/.exec(local)?.[1]
  if (code !== undefined) return refusal(code)
  return MAGIC.get(local.replace(/\+.*$/s, '')) ?? null
}

function refusal(code: string): Pretended {
  const status = `${code.charAt(0)}.0.0`
  const reply = `${code} ${status} As you wished`
  return code.startsWith('4') ? { kind: 'deferred', reply, status, category: 'server-busy' } : { kind: 'failed', reply, status, category: 'unclassified' }
}
