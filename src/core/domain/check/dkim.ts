import type { Answer } from '../../../base/dns.ts'
import { type KeyFault, type KeyRecord, parseKeyRecord } from '../../../proto/dkim/key-record.ts'
import { type KeyPlan, keyPlans } from '../dkim.ts'
import { dkimRecord, type Subject } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Fault, type Finding, pass, unknown, warn, worst } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'dkim'

/** RFC 8301 §3.2: what keys should have. */
const GOOD_BITS = 2048

/** Whether the keys that sign now are in DNS, as we have them and fit to verify with. RFC 6376 §3.6. */
export async function checkDkim({ name, keys, nowMs }: Subject, ask: Questions): Promise<Finding> {
  const [first, ...rest] = keyPlans(name, keys, nowMs).filter(({ state }) => state === 'signing')
  if (first !== undefined) return worst([await checkKey(first, ask), ...(await Promise.all(rest.map((plan) => checkKey(plan, ask))))])
  const advice: Advice = {
    en: `Make keys with "merpati domain rotate-keys ${name} --now" and publish the records that it prints.`,
    id: `Buat kunci dengan "merpati domain rotate-keys ${name} --now" lalu terbitkan record yang dicetaknya.`,
  }
  return fail(ID, { expected: 'a key signs', found: 'no key signs for this domain', advice })
}

async function checkKey(plan: KeyPlan, ask: Questions): Promise<Finding> {
  const answer = await ask.txt(plan.name)
  const expected = `the key at ${plan.name}`
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  const fault = faultOf(plan, answer)
  if (fault !== null) return fail(ID, { expected, ...fault })
  const read = parseKeyRecord(answer.kind === 'found' ? (answer.records[0] ?? '') : '')
  const doubt = read.ok ? doubtOf(plan, read.value) : null
  return doubt === null ? pass(ID, expected, `${plan.name} is our key`) : warn(ID, { expected, ...doubt })
}

/** What keeps receivers from verifying with the record; null when nothing does. */
export function faultOf(plan: KeyPlan, answer: Answer<string>): Omit<Fault, 'expected'> | null {
  const record = dkimRecord(plan)
  const records = [record]
  const line = zoneLine(record)
  const replace: Advice = { en: `Replace the TXT record at ${plan.name} by: ${line}`, id: `Ganti record TXT di ${plan.name} dengan: ${line}` }
  if (answer.kind !== 'found') return { found: `no key at ${plan.name}`, advice: { en: `Publish this key: ${line}`, id: `Terbitkan kunci ini: ${line}` }, records }
  const [text = '', ...more] = answer.records
  if (more.length > 0) {
    const advice: Advice = { en: `Remove every TXT record at ${plan.name} but this one: ${line}`, id: `Hapus semua record TXT di ${plan.name} kecuali ini: ${line}` }
    return { found: `${answer.records.length} TXT records at ${plan.name}: receivers take any of them`, advice, records }
  }
  const read = parseKeyRecord(text)
  if (!read.ok) return { found: `the record at ${plan.name} ${FAULTS[read.error]}`, advice: replace, records }
  if (!isSameKey(read.value, plan.record)) return { found: `the key at ${plan.name} is another one: every signature of ours fails`, advice: replace, records }
  // RFC 8301 §3.1: SHA-1 is not to be used, and we do not sign with it.
  if (read.value.hashes !== null && !read.value.hashes.includes('sha256')) return { found: `the record at ${plan.name} allows only ${read.value.hashes.join(', ')}, and we sign with SHA-256`, advice: replace, records }
  return null
}

function doubtOf(plan: KeyPlan, { type, bits, testing }: KeyRecord): Omit<Fault, 'expected'> | null {
  const record = dkimRecord(plan)
  if (testing) {
    const advice: Advice = { en: `Take t=y out of the TXT record at ${plan.name}: ${zoneLine(record)}`, id: `Hapus t=y dari record TXT di ${plan.name}: ${zoneLine(record)}` }
    return { found: `${plan.name} says t=y: signatures count as a test only`, advice, records: [record] }
  }
  if (type !== 'rsa' || bits >= GOOD_BITS) return null
  const advice: Advice = {
    en: `Make a new key with "merpati domain rotate-keys" and publish it: the one in the TXT record at ${plan.name} is too short.`,
    id: `Buat kunci baru dengan "merpati domain rotate-keys" lalu terbitkan: kunci di record TXT ${plan.name} terlalu pendek.`,
  }
  return { found: `the key at ${plan.name} has ${bits} bits`, advice }
}

const FAULTS: Readonly<Record<KeyFault, string>> = {
  syntax: 'is no DKIM key that can be read',
  revoked: 'is revoked: its p= is empty',
  'not-for-mail': 'is not for mail: s= names another service',
  weak: 'has fewer than 1024 bits, which nobody may accept',
  'too-large': 'is larger than receivers verify with',
  type: 'has a kind of key (k=) that receivers do not know',
}

function isSameKey(found: KeyRecord, ours: string): boolean {
  const own = parseKeyRecord(ours)
  return own.ok && own.value.key.equals(found.key)
}
