import { askMilter, type MilterOutcome } from '../../../proto/milter/client.ts'
import { type Finding, finding } from '../finding.ts'
import type { OpenScanner } from './clamav.ts'
import { BLOCK_WITHIN_MS, SCAN_WITHIN_MS } from './limits.ts'
import { NOTHING, type ScanOutcome, type Scanner } from './scanner.ts'

/** A milter, as a scanner. It sees the message when all of it is here, so what it would say to a recipient is told of the message. */
export function milterScanner(name: string, hostname: string, open: OpenScanner): Scanner {
  return {
    name,
    downRule: 'MILTER_DOWN',
    async scan(mail, signal) {
      const within = AbortSignal.any([signal, AbortSignal.timeout(SCAN_WITHIN_MS)])
      const wire = await open(within)
      if (typeof wire === 'string') return { kind: 'down', detail: wire }
      const { id, client, helo, from, recipients, login } = mail
      const told = { id, client, helo, from, recipients, login, hostname, bytes: mail.open() }
      return outcomeOf(name, await askMilter(wire, told, { stepMs: BLOCK_WITHIN_MS, endMs: SCAN_WITHIN_MS }, within))
    },
  }
}

function outcomeOf(name: string, outcome: MilterOutcome): ScanOutcome {
  const says = (rule: string, text: string): Finding => finding(rule, text === '' ? name : `${name}: ${text}`)
  switch (outcome.kind) {
    case 'passed': {
      const { changes, quarantine, refused } = outcome
      const findings = [
        ...(quarantine === null ? [] : [says('MILTER_QUARANTINE', quarantine)]),
        ...(refused.length === 0 ? [] : [says('MILTER_RCPT_REFUSED', `${refused.length} recipients`)]),
      ]
      return { kind: 'scanned', report: { ...NOTHING, findings, changes } }
    }
    case 'refused':
      return { kind: 'scanned', report: { ...NOTHING, findings: [says('MILTER_REJECT', outcome.reply.text)], reply: outcome.reply } }
    case 'deferred':
      return { kind: 'scanned', report: { ...NOTHING, findings: [says('MILTER_TEMPFAIL', outcome.reply.text)], reply: outcome.reply } }
    case 'discarded':
      return { kind: 'scanned', report: { ...NOTHING, findings: [says('MILTER_DISCARD', '')] } }
    case 'failed':
      return { kind: 'down', detail: outcome.detail }
  }
}
