import type { Answer } from '../../../base/dns.ts'
import { addressRecords, bounceName, returnPathRecords, spfRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { fail, type Finding, pass, unknown, worst } from './finding.ts'
import type { Questions } from './questions.ts'
import { checkSpfAt } from './spf.ts'

const ID = 'return-path'

/**
 * Whether bounces of programs' mail come back: their return path is at our host name, which needs an address or an MX, and SPF of its own, unless the domain takes them itself. The
 * table of deliverability §6.4 warns when it is not aligned with the domain: what mends that is told by the checks `mx` and `spf`, which make the domain take them. A domain whose mail goes
 * elsewhere has one record for it instead; what else has that name is somebody else's.
 */
export async function checkReturnPath(subject: Subject, ask: Questions): Promise<Finding> {
  const { house } = subject
  const expected = `${house.hostname} takes bounces and has SPF`
  const [mx, addresses, alias] = await Promise.all([ask.mx(house.hostname), ask.allAddresses(house.hostname), ask.cname(bounceName(subject.name))])
  const failed = [mx, addresses].find((answer) => answer.kind === 'failed')
  if (failed?.kind === 'failed') return unknown(ID, expected, failed)
  const records = addressRecords(house)
  if (mx.kind === 'none' && addresses.kind === 'none') {
    const lines = records.map(zoneLine).join('\n')
    return fail(ID, { expected, found: `${house.hostname} has no address`, advice: { en: `Publish an A or AAAA record for ${house.hostname}:\n${lines}`.trimEnd(), id: `Terbitkan record A atau AAAA untuk ${house.hostname}:\n${lines}`.trimEnd() }, records })
  }
  const [wanted = spfRecord(subject)] = returnPathRecords(subject)
  return worst([pass(ID, expected, leadsTo(alias, house.hostname) ? `bounces come back to ${bounceName(subject.name)}, aligned with the domain` : `bounces come back to ${house.hostname}`), await checkSpfAt(ID, house.hostname, wanted, subject, ask)])
}

/** Whether a name is an alias of our host. Where nobody answers it is not believed. */
export function leadsTo(alias: Answer<string>, hostname: string): boolean {
  return alias.kind === 'found' && alias.records.some((target) => target.toLowerCase() === hostname.toLowerCase())
}
