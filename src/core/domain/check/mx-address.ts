import { addressRecords, type Subject } from '../wanted-records.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import { ourMxHosts } from './mx-hosts.ts'
import type { Questions } from './questions.ts'

const ID = 'mx-address'

/** Whether the names of our MX lead to us: addresses that the world can reach, and that we listen on. */
export async function checkMxAddress(subject: Subject, ask: Questions): Promise<Finding> {
  const [first = subject.house.hostname, ...rest] = await ourMxHosts(subject, ask)
  return worst([await checkHost(subject, first, ask), ...(await Promise.all(rest.map((host) => checkHost(subject, host, ask))))])
}

async function checkHost({ house }: Subject, host: string, ask: Questions): Promise<Finding> {
  const expected = `${host} has ${house.addresses.map(({ address }) => address).join(', ') || 'an address'}`
  const records = addressRecords(house).map((record) => ({ ...record, name: host }))
  const answer = await ask.allAddresses(host)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  if (answer.kind === 'none') return fail(ID, { expected, found: `${host} has no address`, advice: publish(host), records })
  const found = `${host} has ${shown(answer.records.join(', '))}`
  const hidden = answer.records.find((address) => !ask.outside.isPublic(address))
  if (hidden !== undefined) {
    const advice: Advice = {
      en: `Replace the A/AAAA record of ${host} that says ${hidden}: that is an address of private networks, which nobody else can reach.`,
      id: `Ganti record A/AAAA ${host} yang berisi ${hidden}: itu alamat jaringan privat yang tidak dapat dijangkau pihak lain.`,
    }
    return fail(ID, { expected, found, advice, records })
  }
  const strange = answer.records.filter((address) => house.addresses.length > 0 && !house.addresses.some((own) => own.address === address))
  if (strange.length === answer.records.length) return fail(ID, { expected, found, advice: publish(host), records })
  if (strange.length > 0) {
    const list = shown(strange.join(', '))
    const advice: Advice = {
      en: `Remove ${list} from the A/AAAA records of ${host}, or name it in outbound.own_addresses if it leads to this server.`,
      id: `Hapus ${list} dari record A/AAAA ${host}, atau sebutkan di outbound.own_addresses bila alamat itu menuju server ini.`,
    }
    return warn(ID, { expected, found, advice, records })
  }
  if (answer.records.some((address) => address.includes(':')) && !house.families.includes(6)) {
    const advice: Advice = {
      en: `Remove the AAAA record of ${host}, or let the smtp listener listen on "::": nobody answers there over IPv6.`,
      id: `Hapus record AAAA ${host}, atau pasang listener smtp di "::": tidak ada yang menjawab di sana lewat IPv6.`,
    }
    return warn(ID, { expected, found, advice, records: records.filter(({ type }) => type === 'A') })
  }
  return pass(ID, expected, found)
}

function publish(host: string): Advice {
  return { en: `Let the A/AAAA records of ${host} name this server.`, id: `Arahkan record A/AAAA ${host} ke server ini.` }
}
