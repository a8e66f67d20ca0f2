import { pathText } from '../../../proto/spf/result.ts'
import type { DmarcDecision } from '../../filter/dmarc-decision.ts'
import type { Finding } from '../../filter/finding.ts'
import type { RecipientCase } from '../../filter/judge.ts'
import type { Scan } from '../../filter/scan/scan.ts'
import type { CheckRun } from '../../filter/told.ts'
import type { Proven } from './authenticate.ts'
import { type BimiOutcome, bimiRun } from './bimi.ts'
import type { ClientFacts } from './client-facts.ts'
import { scanWord } from './hard-of-scan.ts'
import type { InspectHouse } from './house.ts'

/** What the checks of one message came to. */
export interface ChecksDone {
  readonly client: ClientFacts
  readonly proven: Proven
  readonly bimi: BimiOutcome
  readonly decision: DmarcDecision
  readonly scan: Scan
  /** What its content told. */
  readonly found: readonly Finding[]
  readonly cases: readonly RecipientCase[]
  readonly house: InspectHouse
}

/** Every check that ran, with what it came to, whether or not it found anything: for `merpati explain`. */
export function checksRun({ client, proven, bimi, decision, scan, found, cases, house }: ChecksDone): readonly CheckRun[] {
  const { dkim, arc, dmarc } = proven
  const usable = house.lists.usable().length
  const bayes = cases.flatMap(({ findings }) => findings).find(({ rule }) => rule.startsWith('BAYES_'))
  return [
    ...clientChecks(client),
    ...(dkim.length === 0 ? [{ check: 'dkim', result: 'none', detail: null }] : dkim.map(({ result, domain, reason }) => ({ check: 'dkim', result, detail: [domain, reason].filter((each) => each !== null).join(': ') }))),
    { check: 'arc', result: arc.result, detail: arc.reason },
    { check: 'dmarc', result: dmarc.result, detail: [dmarc.author, dmarc.published === null ? null : `p=${dmarc.published}`, ...dmarc.reasons, ...decision.because].filter((each) => each !== null).join(', ') },
    bimiRun(bimi),
    { check: 'dns-lists', result: listsSaid(usable, client.hits.length), detail: usable === 0 ? null : `${usable} lists` },
    { check: 'content', result: found.length === 0 ? 'clear' : 'found', detail: found.length === 0 ? null : `${found.length} rules` },
    { check: 'bayes', result: bayes === undefined ? 'not-trained' : 'asked', detail: bayes?.evidence ?? null },
    { check: 'lists', result: cases.find(({ list }) => list.kind !== 'none')?.list.kind ?? 'none', detail: null },
    { check: 'scanners', result: house.scan === null || house.scan.scanners.length === 0 ? 'none' : scanWord(scan), detail: scan.hard?.name ?? null },
  ]
}

/** What was asked of a client and its sender before there was a message. */
export function clientChecks({ reverse, helo, leads, spf }: ClientFacts): readonly CheckRun[] {
  return [
    { check: 'iprev', result: reverse.kind, detail: 'name' in reverse ? reverse.name : null },
    { check: 'helo', result: helo.kind, detail: leads },
    { check: 'spf', result: spf.verdict, detail: `${spf.domain}${spf.problem === null ? '' : `: ${spf.problem}`}${spf.path.length === 0 ? '' : ` by ${pathText(spf.path)}`}` },
  ]
}

/** What DNS lists said, in a word. */
export function listsSaid(usable: number, hits: number): string {
  if (usable === 0) return 'not-asked'
  return hits > 0 ? 'listed' : 'clear'
}
