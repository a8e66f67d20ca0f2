import { checkSpf, type SpfInput } from '../../../proto/spf/check.ts'
import type { SpfDns } from '../../../proto/spf/dns.ts'
import { SPF_WITHIN_MS } from '../../../proto/spf/limits.ts'
import { pathText, type SpfResult } from '../../../proto/spf/result.ts'
import { finding, type Finding } from '../finding.ts'

/** Checks SPF within its time: the wait that `proto/spf` cannot do by itself. Never rejects. */
export async function lookUpSpf(input: SpfInput, dns: SpfDns, signal: AbortSignal): Promise<SpfResult> {
  return await checkSpf(input, dns, AbortSignal.any([signal, AbortSignal.timeout(SPF_WITHIN_MS)]))
}

const RULES: Readonly<Record<SpfResult['verdict'], string>> = {
  pass: 'SPF_PASS', fail: 'SPF_FAIL', softfail: 'SPF_SOFTFAIL', neutral: 'SPF_NEUTRAL', none: 'SPF_NONE', permerror: 'SPF_PERMERROR', temperror: 'SPF_TEMPERROR',
}

/** What an SPF result speaks for or against, with what it was found by. */
export function spfFindings({ verdict, domain, path, problem }: SpfResult): readonly Finding[] {
  const why = problem ?? pathText(path)
  return [finding(RULES[verdict], why === '' ? domain : `${domain}: ${why}`)]
}
