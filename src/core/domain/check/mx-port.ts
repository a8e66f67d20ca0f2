import type { Subject } from '../wanted-records.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { MAX_ADDRESSES, SLOW_BANNER_MS } from './limits.ts'
import { ourMxHosts } from './mx-hosts.ts'
import type { Questions } from './questions.ts'

const ID = 'mx-port'
const EXPECTED = 'port 25 greets within 3 s and offers STARTTLS'

/** Whether our MX answers at the addresses that DNS gives for it. Asked from this machine: a firewall before it may still keep others out. */
export async function checkMxPort(subject: Subject, ask: Questions): Promise<Finding> {
  const [host = subject.house.hostname] = await ourMxHosts(subject, ask)
  const answer = await ask.allAddresses(host)
  if (answer.kind === 'failed') return unknown(ID, EXPECTED, answer)
  const ours = answer.kind === 'none' ? [] : answer.records.filter((address) => subject.house.addresses.some((own) => own.address === address))
  const [first, ...rest] = ours.slice(0, MAX_ADDRESSES)
  if (first === undefined) {
    const advice: Advice = { en: `First let the A/AAAA records of ${host} lead to this server: see mx-address.`, id: `Arahkan dahulu record A/AAAA ${host} ke server ini: lihat mx-address.` }
    return { ...unknown(ID, EXPECTED, { detail: `${host} has no address of ours to try` }), advice }
  }
  return worst([await checkAddress(host, first, ask), ...(await Promise.all(rest.map((address) => checkAddress(host, address, ask))))])
}

async function checkAddress(host: string, address: string, ask: Questions): Promise<Finding> {
  const greeted = await ask.outside.greet(host, address, ask.signal)
  if (greeted.kind === 'failed') {
    const advice: Advice = {
      en: `Let port 25 of ${address} reach this server: the A/AAAA record of ${host} sends all mail there, and nobody answers.`,
      id: `Buka port 25 di ${address} sampai ke server ini: record A/AAAA ${host} mengirim semua surat ke sana dan tidak ada yang menjawab.`,
    }
    return fail(ID, { expected: EXPECTED, found: `${address}: ${shown(greeted.why)}`, advice })
  }
  if (!greeted.startTls) {
    const advice: Advice = {
      en: `Offer STARTTLS on port 25 of ${host}: set [tls] and security = "starttls" for the smtp listener.`,
      id: `Tawarkan STARTTLS di port 25 ${host}: isi [tls] dan security = "starttls" untuk listener smtp.`,
    }
    return warn(ID, { expected: EXPECTED, found: `${address} offers no STARTTLS`, advice })
  }
  if (greeted.tookMs > SLOW_BANNER_MS) {
    const advice: Advice = {
      en: `Find out why port 25 of ${address} is slow to greet: some senders do not wait.`,
      id: `Cari tahu mengapa port 25 di ${address} lambat menyapa: sebagian pengirim tidak menunggu.`,
    }
    return warn(ID, { expected: EXPECTED, found: `${address} greeted after ${(greeted.tookMs / 1_000).toFixed(1)} s`, advice })
  }
  return pass(ID, EXPECTED, `${address} greets and offers STARTTLS`)
}
