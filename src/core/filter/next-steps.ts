import { domainPart } from '../../proto/mail/address.ts'
import { isLoopback } from '../access/client-net.ts'
import type { Explanation } from './explain.ts'
import type { Sentence } from './rule.ts'
import { FREEMAIL } from './table/freemail.ts'
import { NEXT_STEPS } from './table/next-steps.ts'

/** What of a message stands beside its checks. */
export interface MessageFacts {
  readonly message: string | null
  /** The envelope sender; '' for the null sender. */
  readonly from: string
  /** The client's address. Null where nobody brought it, or an account or a key did. */
  readonly client: string | null
  readonly recipients: readonly string[]
}

type Decided = Pick<Explanation, 'verdict' | 'by' | 'checks' | 'reasons'>

/** What whoever receives can do about a decision, as sentences whose commands can be pasted. */
export function nextSteps(decided: Decided, facts: MessageFacts, locale: keyof Sentence): readonly string[] {
  const words = wordsOf(decided, facts)
  return stepsOf(decided, facts).flatMap((step) => filled(NEXT_STEPS[step][locale], words) ?? (step === 'unwanted-here' ? NEXT_STEPS['unwanted-move'][locale] : []))
}

type Step = keyof typeof NEXT_STEPS

function stepsOf({ verdict, by, reasons }: Decided, { client }: MessageFacts): readonly Step[] {
  if (verdict === 'hold') return ['release']
  if (verdict === 'full') return ['make-room']
  if (by === 'malware') return ['malware']
  if (client === null) return []
  switch (by) {
    case 'greylist':
      return ['waits', 'wanted-net']
    case 'helo':
    case 'sender':
    case 'dns-lists':
      return ['wanted-net']
    case 'list':
      return [verdict === 'accept' ? 'undo-allow' : 'undo-deny']
    case 'attachment':
      return ['attachment']
    case 'scanner':
      return [verdict === 'defer' ? 'waits-scanner' : 'outside']
    case 'dmarc':
      return reasons.some(({ rule }) => rule === 'OWN_DOMAIN_FORGED') ? ['own-server'] : ['forwarded', 'wanted-net']
    case 'score':
      return stepsOfScore(verdict)
    default:
      return []
  }
}

function stepsOfScore(verdict: Decided['verdict']): readonly Step[] {
  if (verdict === 'accept') return ['unwanted-here']
  return [verdict === 'junk' ? 'wanted-junk' : 'wanted']
}

function wordsOf({ checks, reasons }: Decided, { message, from, client, recipients: [recipient] }: MessageFacts): Readonly<Record<string, string | null>> {
  const evidenceOf = (...rules: readonly string[]): string | null => reasons.find(({ rule }) => rules.includes(rule))?.evidence ?? null
  const net = client === null || isLoopback(client) ? null : `net ${client}` // This machine brings everybody's.
  const proven = checks.some(({ check, result }) => check === 'spf' && result === 'pass') ? envelopeDomain(from) : null
  const domain = recipient === undefined ? null : domainOf(recipient)
  return {
    deny: whoWrote(evidenceOf(...(proven === null ? ['DMARC_PASS'] : ['DMARC_PASS', 'DMARC_NONE'])), from) ?? net, // Never one who was forged.
    allow: whoWrote(evidenceOf('DMARC_PASS'), from) ?? (proven === null ? net : `envelope ${proven}`),
    net: client === null || isLoopback(client) ? null : client, message, recipient: recipient ?? null, for: domain === null ? '--platform' : `--domain ${domain}`, entry: evidenceOf('LISTED_DENY', 'LISTED_ALLOW'),
  }
}

/** The author, as far as his domain tells: where anybody gets a mailbox, one address and no other. */
function whoWrote(author: string | null, from: string): string | null {
  if (author === null) return null
  if (domainOf(from) === author) return `from ${from}`
  return FREEMAIL.has(author) ? null : `from ${author}`
}

function envelopeDomain(from: string): string | null {
  const domain = domainOf(from)
  return domain === null || FREEMAIL.has(domain) ? null : domain
}

function domainOf(address: string): string | null {
  const domain = domainPart(address)
  return domain === '' ? null : domain
}

/** Null when a word is not known: a command without it would do something else. What peers name goes into a command only in plain letters. */
function filled(text: string, words: Readonly<Record<string, string | null>>): string | null {
  const names = [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name)
  if (names.some((name) => !/^[\w.@:+=/*-][\w.@:+=/* -]*$/.test(words[name] ?? ''))) return null
  return text.replace(/\{(\w+)\}/g, (_, name: string) => words[name] ?? '')
}
