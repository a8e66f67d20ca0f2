import { pathText, type SpfResult } from '../../../proto/spf/result.ts'
import { finding, type Finding } from '../finding.ts'

const RULES: Readonly<Record<SpfResult['verdict'], string>> = {
  pass: 'SPF_PASS', fail: 'SPF_FAIL', softfail: 'SPF_SOFTFAIL', neutral: 'SPF_NEUTRAL', none: 'SPF_NONE', permerror: 'SPF_PERMERROR', temperror: 'SPF_TEMPERROR',
}

/** What an SPF result speaks for or against, with what it was found by. */
export function spfFindings({ verdict, domain, path, problem }: SpfResult): readonly Finding[] {
  const why = problem ?? pathText(path)
  return [finding(RULES[verdict], why === '' ? domain : `${domain}: ${why}`)]
}
