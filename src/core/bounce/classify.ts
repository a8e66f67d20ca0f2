import type { Category } from '../pool/category.ts'
import { type Asked, ASKED, type BounceRule } from './rule.ts'
import { CODES } from './table/codes.ts'
import { OTHER_TEXTS } from './table/texts-other.ts'
import { RECIPIENT_TEXTS } from './table/texts-recipient.ts'
import { SENDER_TEXTS } from './table/texts-sender.ts'

/** A refusal, as a server said it or as a report tells it. */
export interface Refusal {
  /** The key of the provider that serves the recipient; null for nobody's that is known. */
  readonly provider: string | null
  /** The code of RFC 5321; null when none was told. */
  readonly code: number | null
  /** The enhanced status code; null when none was told. */
  readonly status: string | null
  readonly text: string
}

/** What a refusal means. */
export interface Meant {
  readonly category: Category
  /** The rule that says so; `none` for what no rule knows. */
  readonly rule: string
  /** Whether it is for good, whatever its code says. */
  readonly lasting: boolean
}

/** All rules. Those of the sender come before those of the recipient: a block that names the recipient's mailbox is a block. */
export const BOUNCE_RULES: readonly BounceRule[] = [...CODES, ...SENDER_TEXTS, ...RECIPIENT_TEXTS, ...OTHER_TEXTS]

const BY_TURN: ReadonlyMap<Asked, readonly BounceRule[]> = new Map(ASKED.map((turn) => [turn, BOUNCE_RULES.filter(({ asked }) => asked === turn)]))

/** Words beyond this decide nothing. RFC 5321 §4.5.3.1.5 allows 512 octets a line. */
const MAX_TEXT_CHARS = 1_000

/** What a refusal means, by the first rule that it hits. Pure; never throws. deliverability §4.2. */
export function classify(refusal: Refusal): Meant {
  const known = told(refusal)
  for (const turn of ASKED) {
    const rule = BY_TURN.get(turn)?.find((each) => isHit(each, known))
    if (rule !== undefined) return { category: rule.category, rule: rule.id, lasting: rule.lasting ?? known.only !== '4' }
  }
  return { category: 'unclassified', rule: 'none', lasting: known.only !== '4' }
}

interface Told {
  readonly provider: string | null
  readonly code: number | null
  readonly status: string
  readonly only: '4' | '5'
  readonly text: string
}

/** Codes that stand only in the words count like those that were told; `x.0.0` says nothing, so the words may say more. */
function told({ provider, code, status, text }: Refusal): Told {
  const words = text.slice(0, MAX_TEXT_CHARS)
  const ownCode = code ?? basicIn(words)
  const spoken = /\b[245]\.\d{1,3}\.\d{1,3}\b(?!\.\d)/.exec(words)?.[0] ?? null
  const isVague = status === null || status.endsWith('.0.0')
  const own = isVague ? (spoken ?? status ?? '') : status
  const first = own.charAt(0) || String(ownCode ?? '5').charAt(0)
  return { provider, code: ownCode, status: own, only: first === '4' ? '4' : '5', text: words }
}

function basicIn(text: string): number | null {
  const found = /(?:^|[\s:;,'"(])([45]\d\d)(?=[\s:;,'"#-])/.exec(text)?.[1]
  return found === undefined ? null : Number(found)
}

function isHit(rule: BounceRule, { provider, code, status, only, text }: Told): boolean {
  const { codes, basic, providers } = rule
  if (rule.only !== undefined && rule.only !== only) return false
  if (codes !== undefined && !codes.some((each) => isCode(each, status))) return false
  if (basic !== undefined && (code === null || !basic.includes(code))) return false
  if (providers !== undefined && (provider === null || !providers.includes(provider))) return false
  if (rule.text !== undefined && !rule.text.test(text)) return false
  if (rule.and !== undefined && !rule.and.test(text)) return false
  return rule.unless === undefined || !rule.unless.test(text)
}

/** `4.3` stands for all that begin so, `x.2.2` for both classes of failure. */
function isCode(pattern: string, status: string): boolean {
  const [wantedClass, ...wanted] = pattern.split('.')
  const [ownClass, ...own] = status.split('.')
  if (wantedClass === 'x' ? ownClass !== '4' && ownClass !== '5' : ownClass !== wantedClass) return false
  return wanted.every((part, index) => part === own[index])
}
