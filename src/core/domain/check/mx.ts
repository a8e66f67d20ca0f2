import { isIP } from 'node:net'
import { type Answer, isLasting, type Mx } from '../../../base/dns.ts'
import { isOurName } from '../house.ts'
import { mxRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { fail, type Fault, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { MAX_MX } from './limits.ts'
import type { Questions } from './questions.ts'

const ID = 'mx'

/**
 * Whether mail to the domain comes to us: MX records that name our host, whose name is no alias (RFC 2181 §10.3) and no address (RFC 5321 §5.1).
 * The table of deliverability §6.4 also warns of a short TTL; what a cache gives has always run down already, so that it would be guessing.
 */
export async function checkMx(subject: Subject, ask: Questions): Promise<Finding> {
  const { name, house } = subject
  const expected = `MX ${house.hostname}`
  const answer = await ask.mx(name)
  if (answer.kind === 'failed' && !isLasting(answer.why)) return unknown(ID, expected, answer)
  if (answer.kind !== 'found') return fail(ID, missing(subject, answer))
  if (answer.records.some(({ exchange }) => exchange === '')) return fail(ID, refusing(subject))
  const records = answer.records.slice(0, MAX_MX)
  const targets = await Promise.all(records.map((mx) => checkTarget(subject, mx, ask)))
  const ours = targets.filter(({ isOurs }) => isOurs)
  if (ours.length === 0) return worst([fail(ID, elsewhere(subject, records)), ...targets.flatMap(({ finding }) => (finding?.kind === 'unknown' ? [] : (finding ?? [])))])
  const others = records.filter((_, at) => targets[at]?.isOurs === false)
  const findings = targets.flatMap(({ finding }) => finding ?? [])
  if (others.length > 0) findings.push(warn(ID, alsoElsewhere(subject, others)))
  if (answer.aliases.length > 0) findings.push(warn(ID, aliased(subject, answer)))
  return worst([pass(ID, expected, `MX ${listOf(records)}`), ...findings])
}

function missing(subject: Subject, answer: Exclude<Answer<Mx>, { readonly kind: 'found' }>): Fault {
  const { name } = subject
  const record = mxRecord(subject)
  return {
    expected: `MX ${subject.house.hostname}`,
    found: answer.kind === 'failed' ? shown(answer.detail) : 'no MX record',
    advice: { en: `Publish the MX record of ${name}: ${zoneLine(record)}`, id: `Terbitkan record MX untuk ${name}: ${zoneLine(record)}` },
    records: [record],
  }
}

/** RFC 7505. */
function refusing(subject: Subject): Fault {
  const record = mxRecord(subject)
  return {
    expected: `MX ${subject.house.hostname}`,
    found: 'a null MX (0 .): it says that the domain takes no mail',
    advice: { en: `Replace the MX record "0 ." of ${subject.name} by: ${zoneLine(record)}`, id: `Ganti record MX "0 ." pada ${subject.name} dengan: ${zoneLine(record)}` },
    records: [record],
  }
}

function elsewhere(subject: Subject, records: readonly Mx[]): Fault {
  const record = mxRecord(subject)
  return {
    expected: `MX ${subject.house.hostname}`,
    found: `MX ${listOf(records)}: mail goes elsewhere`,
    advice: {
      en: `Replace the MX records of ${subject.name} by: ${zoneLine(record)}`,
      id: `Ganti record MX milik ${subject.name} dengan: ${zoneLine(record)}`,
    },
    records: [record],
  }
}

function alsoElsewhere({ name, house }: Subject, others: readonly Mx[]): Fault {
  return {
    expected: `MX ${house.hostname} only`,
    found: `MX ${listOf(others)} is not ours`,
    advice: {
      en: `Remove the MX record of ${name} that names ${listOf(others)}, unless it is your backup that hands all mail on to us.`,
      id: `Hapus record MX ${name} yang menunjuk ${listOf(others)}, kecuali itu server cadangan Anda yang meneruskan semua surat kepada kami.`,
    },
  }
}

function aliased(subject: Subject, { name: end }: { readonly name: string }): Fault {
  const { name } = subject
  const record = mxRecord(subject)
  return {
    expected: `${name} is no alias`,
    found: `${name} is an alias of ${shown(end)}`,
    advice: {
      en: `Replace the CNAME record of ${name} by records of its own: nothing else can stand beside a CNAME, so SPF and MX are those of ${shown(end)}.`,
      id: `Ganti record CNAME ${name} dengan record sendiri: tidak ada record lain yang boleh berdampingan dengan CNAME, sehingga SPF dan MX menjadi milik ${shown(end)}.`,
    },
    records: [record],
  }
}

interface CheckedTarget {
  readonly isOurs: boolean
  readonly finding: Finding | null
}

async function checkTarget(subject: Subject, { exchange }: Mx, ask: Questions): Promise<CheckedTarget> {
  const { house } = subject
  if (isIP(exchange) !== 0) return { isOurs: false, finding: fail(ID, wrongTarget(subject, exchange, 'is an address, and an MX record needs a name')) }
  const [alias, addresses] = await Promise.all([ask.cname(exchange), ask.allAddresses(exchange)])
  const isOurs = isOurName(house, exchange) || leadsHere(subject, addresses)
  if (alias.kind === 'found') return { isOurs, finding: fail(ID, wrongTarget(subject, exchange, `is an alias of ${shown(alias.records[0] ?? '')}, which RFC 2181 forbids`)) }
  if (addresses.kind === 'none' && addresses.why === 'nxdomain') return { isOurs, finding: fail(ID, wrongTarget(subject, exchange, 'does not exist')) }
  return { isOurs, finding: addresses.kind === 'failed' && isOurs ? unknown(ID, `MX ${house.hostname}`, addresses) : null }
}

/** A name of the customer's own that has our addresses and no others is as good as ours. */
function leadsHere({ house }: Subject, addresses: Answer<string>): boolean {
  return addresses.kind === 'found' && addresses.records.every((address) => house.addresses.some((own) => own.address === address))
}

function wrongTarget(subject: Subject, exchange: string, why: string): Fault {
  const record = mxRecord(subject)
  return {
    expected: `MX ${subject.house.hostname}`,
    found: `the MX host ${shown(exchange)} ${why}`,
    advice: {
      en: `Replace the MX record of ${subject.name} that names ${shown(exchange)} by: ${zoneLine(record)}`,
      id: `Ganti record MX ${subject.name} yang menunjuk ${shown(exchange)} dengan: ${zoneLine(record)}`,
    },
    records: [record],
  }
}

function listOf(records: readonly Mx[]): string {
  return shown(records.toSorted((a, b) => a.preference - b.preference).map(({ preference, exchange }) => `${preference} ${exchange}`).join(', '))
}
