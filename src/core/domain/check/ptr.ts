import type { Answer } from '../../../base/dns.ts'
import type { House, SendingAddress } from '../house.ts'
import { reverseRecords, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { MAX_ADDRESSES } from './limits.ts'
import type { Questions } from './questions.ts'

/** Names that providers give to whoever has no server: their mail is refused in many places. deliverability §6.4. */
const GENERIC = /(?:\d{1,3}[-.x]){3}\d{1,3}|(?:^|[.-])(?:dyn|dynamic|pool|dhcp|dsl|adsl|cable|ppp|dial-?up)[\d.-]/i

/** Whether each address that mail leaves from has one name, which leads back to it (RFC 1912 §2.1): most receivers ask, and large ones refuse without. */
export async function checkPtr({ house }: { readonly house: Pick<House, 'sending'> }, ask: Pick<Questions, 'ptr' | 'addresses'>): Promise<Finding> {
  return await forEach('ptr', house.sending, (sending) => checkReverse(sending, ask))
}

/** Whether what we say in EHLO is a name in DNS (RFC 5321 §4.1.1.1), and that of our reverse DNS. */
export async function checkEhlo({ house }: Subject, ask: Questions): Promise<Finding> {
  return await forEach('ehlo', house.sending, (sending) => checkName(sending, ask))
}

async function forEach(id: 'ptr' | 'ehlo', sending: readonly SendingAddress[], check: (sending: SendingAddress) => Promise<Finding>): Promise<Finding> {
  const [first, ...rest] = sending.slice(0, MAX_ADDRESSES)
  if (first !== undefined) return worst([await check(first), ...(await Promise.all(rest.map(check)))])
  const advice: Advice = {
    en: 'Name the address of this server in outbound.own_addresses: it is behind a NAT, so that we cannot know it.',
    id: 'Sebutkan alamat server ini di outbound.own_addresses: server berada di belakang NAT sehingga alamatnya tidak kami ketahui.',
  }
  return { id, kind: 'unknown', expected: 'the address of this server is known', found: 'no public address', advice, records: [] }
}

async function checkReverse(sending: SendingAddress, ask: Pick<Questions, 'ptr' | 'addresses'>): Promise<Finding> {
  const { address, ehlo } = sending
  const [record] = reversed(sending)
  const expected = `PTR of ${address} is ${ehlo}`
  const answer = await ask.ptr(address)
  if (answer.kind === 'failed') return unknown('ptr', expected, answer)
  if (answer.kind === 'none') return fail('ptr', { expected, found: `${address} has no PTR record`, advice: askFor(record), records: [record] })
  const names = answer.records.slice(0, 10)
  const found = `PTR of ${address} is ${shown(names.join(', '))}`
  const [name = ''] = names
  const back = await Promise.all(names.map((each) => ask.addresses(each, address.includes(':') ? 6 : 4)))
  const leadsBack = (each: Answer<string>): boolean => each.kind === 'found' && each.records.includes(address)
  if (!back.some(leadsBack)) {
    const silent = back.find((each) => each.kind === 'failed')
    if (silent?.kind === 'failed') return unknown('ptr', expected, silent)
    return fail('ptr', { expected, found: `${found}, which does not lead back to it`, advice: askFor(record), records: [record, forward(sending)] })
  }
  if (names.length > 1) return warn('ptr', { expected, found: `${found}: several`, advice: onlyOne(record), records: [record] })
  if (name !== ehlo && GENERIC.test(name)) return warn('ptr', { expected, found: `${found}, a name that providers give to those without a server`, advice: askFor(record), records: [record] })
  return pass('ptr', expected, `${found}, and it leads back`)
}

async function checkName(sending: SendingAddress, ask: Questions): Promise<Finding> {
  const { address, ehlo } = sending
  const expected = `${ehlo} leads to ${address}, and ${address} to ${ehlo}`
  const [forwards, backwards] = await Promise.all([ask.allAddresses(ehlo), ask.ptr(address)])
  if (forwards.kind === 'failed') return unknown('ehlo', expected, forwards)
  const record = forward(sending)
  if (forwards.kind === 'none' || !ehlo.includes('.')) {
    const advice: Advice = { en: `Publish the address of the name that we say in EHLO: ${zoneLine(record)}`, id: `Terbitkan alamat untuk nama EHLO kami: ${zoneLine(record)}` }
    return fail('ehlo', { expected, found: `${ehlo} has no address`, advice, records: [record] })
  }
  if (backwards.kind === 'failed') return unknown('ehlo', expected, backwards)
  const agrees = backwards.kind === 'found' && backwards.records.includes(ehlo)
  if (agrees && forwards.records.includes(address)) return pass('ehlo', expected, `${ehlo} is the name of ${address}`)
  const [back] = reversed(sending)
  const found = agrees ? `${ehlo} has ${shown(forwards.records.join(', '))}, not ${address}` : `PTR of ${address} is ${backwards.kind === 'found' ? shown(backwards.records.join(', ')) : 'missing'}, not ${ehlo}`
  return warn('ehlo', { expected, found, advice: agrees ? { en: `Let ${ehlo} lead to ${address} as well: ${zoneLine(record)}`, id: `Arahkan juga ${ehlo} ke ${address}: ${zoneLine(record)}` } : askFor(back), records: [agrees ? record : back] })
}

/** The PTR record of one address. */
function reversed(sending: SendingAddress): readonly [WantedRecord] {
  const [record] = reverseRecords({ sending: [sending] })
  if (record === undefined) throw new Error('an address without its PTR record')
  return [record]
}

function forward({ address, ehlo }: SendingAddress): WantedRecord {
  return { purpose: 'address', name: ehlo, type: address.includes(':') ? 'AAAA' : 'A', value: address, need: 'must', zone: 'host', remark: null }
}

function askFor(record: WantedRecord): Advice {
  return {
    en: `Ask whoever gave you the address to set its reverse DNS (PTR): ${zoneLine(record)}`,
    id: `Minta penyedia alamat IP Anda mengatur reverse DNS (PTR)-nya: ${zoneLine(record)}`,
  }
}

function onlyOne(record: WantedRecord): Advice {
  return { en: `Have all PTR records but one removed, so that this one is left: ${zoneLine(record)}`, id: `Minta semua record PTR dihapus kecuali yang ini: ${zoneLine(record)}` }
}
