import { organizationOf, TreeWalks } from '../../../proto/dmarc/walk.ts'
import { linkName, linkRecords, ownLinkRecords, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { judgeListed } from './lists.ts'
import type { Questions } from './questions.ts'
import { leadsTo } from './return-path.ts'
import { certify, reach } from './unsubscribe.ts'

const ID = 'links'

/** Whether the name that links of mail lead to is one that readers and filters trust: over HTTPS, on no list, and of the domain that writes. */
export async function checkLinks(subject: Subject, ask: Questions): Promise<Finding> {
  const { linkHost } = subject.house
  const expected = `${linkHost} answers HTTPS, is on no list, and belongs to ${subject.name}`
  const [trust, listed, brand] = await Promise.all([checkTrust(subject, expected, ask), ask.outside.listed(linkHost, ask.signal), checkBrand(subject, expected, ask)])
  return worst([trust, brand, ...(listed.kind === 'listed' ? [judgeListed(ID, linkHost, expected, listed)] : [])])
}

async function checkTrust(subject: Subject, expected: string, ask: Questions): Promise<Finding> {
  const { linkHost } = subject.house
  const records = linkRecords(subject)
  const [record] = records
  if (record !== undefined && (await ask.allAddresses(linkHost)).kind === 'none') {
    const line = zoneLine(record)
    return fail(ID, { expected, found: `${linkHost} has no address`, advice: { en: `Publish: ${line}`, id: `Terbitkan: ${line}` }, records })
  }
  const answer = await ask.outside.oneClick(ask.signal)
  if (answer.kind === 'untrusted') return fail(ID, { expected, found: shown(answer.why), advice: certify(linkHost) })
  if (answer.kind === 'failed') return { id: ID, kind: 'unknown', expected, found: shown(answer.why), advice: reach(linkHost), records: [] }
  return pass(ID, expected, `${linkHost} answers HTTPS`)
}

/** Whose it is, as receivers find it out for DMARC: RFC 9989 §4.10. */
async function checkBrand(subject: Subject, expected: string, ask: Questions): Promise<Finding> {
  const { name, house: { hostname, linkHost } } = subject
  if (!linkHost.includes('.')) return pass(ID, expected, `${linkHost} is this machine`)
  const walks = new TreeWalks((each) => ask.txt(each), ask.signal)
  const [own, links] = await Promise.all([walks.walk(name), walks.walk(linkHost)])
  const failedAt = own.failedAt ?? links.failedAt
  if (failedAt !== null) return unknown(ID, expected, { detail: `the records at _dmarc.${failedAt} could not be learned` })
  if (organizationOf(own) === organizationOf(links)) return pass(ID, expected, `${linkHost} belongs to ${name}`)
  if (leadsTo(await ask.cname(linkName(name)), hostname)) return pass(ID, expected, `${linkName(name)} leads here, and so do links of mail from ${name} once there is a certificate for it`)
  const records = ownLinkRecords(subject)
  const lines = records.map(zoneLine).join('\n')
  const advice: Advice = {
    en: `Publish a name of its own for links, which gets a certificate by itself where this server orders them:\n${lines}\nUntil then its links share the good name of ${linkHost} with other domains.`,
    id: `Terbitkan nama sendiri untuk tautan; sertifikatnya dibuat otomatis bila server ini memesannya:\n${lines}\nSelama belum, tautannya berbagi nama baik ${linkHost} dengan domain lain.`,
  }
  return warn(ID, { expected, found: `links lead to ${linkHost}, which is not of ${name}`, advice, records })
}
