import { mxMatches, type StsPolicy } from '../../../proto/mtasts/policy.ts'
import { parseStsRecord } from '../../../proto/mtasts/record.ts'
import { stsPolicyId, stsPolicyOf } from '../sts.ts'
import { stsRecords, type Subject, type WantedRecord } from '../wanted-records.ts'
import { zoneLine } from '../zone-file.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn, worst } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'mta-sts'

/** A policy with a shorter life protects from little: who waits a day has outlived it. deliverability §6.4. */
const SHORT_S = 86_400

/** Whether senders find our MTA-STS policy, can fetch it as RFC 8461 §3.3 says, and may by it send to the servers that MX records name. */
export async function checkSts(subject: Subject, ask: Questions): Promise<Finding> {
  if (subject.sts === 'none') return await checkNone(subject, ask)
  const { name, house, sts } = subject
  const id = stsPolicyId(house, sts)
  const expected = `v=STSv1; id=${id}, and a policy with mode ${sts}`
  const answer = await ask.txt(`_mta-sts.${name}`)
  const [record, alias] = stsRecords(subject)
  if (record === undefined || alias === undefined) throw new Error('a mode without records')
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  const texts = answer.kind === 'found' ? answer.records : []
  const published = parseStsRecord(texts)
  if (published === null) {
    const isBroken = texts.some((text) => /^v=sts/i.test(text))
    const fault = { expected, found: isBroken ? `no sound record at _mta-sts.${name}: ${shown(texts.join(' | '))}` : `no record at _mta-sts.${name}`, advice: setRecord(record, isBroken), records: [record, alias] }
    return isBroken ? fail(ID, fault) : warn(ID, fault)
  }
  const policy = await checkPolicy(subject, alias, ask)
  if (published === id) return policy
  return worst([policy, warn(ID, { expected, found: `the record has the id ${shown(published)}: senders do not look for a newer policy`, advice: setRecord(record, true), records: [record] })])
}

async function checkNone({ name }: Subject, ask: Questions): Promise<Finding> {
  const expected = `no record at _mta-sts.${name}`
  const answer = await ask.txt(`_mta-sts.${name}`)
  if (answer.kind === 'failed') return unknown(ID, expected, answer)
  if (parseStsRecord(answer.kind === 'found' ? answer.records : []) === null) return pass(ID, expected, 'MTA-STS is not used')
  const advice: Advice = {
    en: `Remove the TXT record at _mta-sts.${name} once two weeks have passed since the mode became none (RFC 8461 §8.3), or use it: merpati domain set ${name} --mta-sts testing`,
    id: `Hapus record TXT di _mta-sts.${name} dua minggu setelah mode menjadi none (RFC 8461 §8.3), atau pakailah: merpati domain set ${name} --mta-sts testing`,
  }
  return warn(ID, { expected, found: 'a record, and a policy that asks nothing', advice })
}

function setRecord(record: WantedRecord, isThere: boolean): Advice {
  const line = zoneLine(record)
  return isThere ? { en: `Replace the TXT record at ${record.name} by: ${line}`, id: `Ganti record TXT di ${record.name} dengan: ${line}` } : { en: `Publish: ${line}`, id: `Terbitkan: ${line}` }
}

async function checkPolicy(subject: Subject, alias: WantedRecord, ask: Questions): Promise<Finding> {
  const { name, house, sts } = subject
  const host = `mta-sts.${name}`
  const expected = `https://${host}/.well-known/mta-sts.txt with mode ${sts}`
  const addresses = await ask.allAddresses(host)
  if (addresses.kind === 'failed') return unknown(ID, expected, addresses)
  const line = zoneLine(alias)
  if (addresses.kind === 'none') return fail(ID, { expected, found: `${host} has no address`, advice: { en: `Publish: ${line}`, id: `Terbitkan: ${line}` }, records: [alias] })
  const fetched = await ask.outside.policy(name, ask.signal)
  if (fetched.kind === 'failed') {
    const advice: Advice = {
      en: `Let ${host} (${line}) answer HTTPS on port 443 with a trusted certificate for that name, and hand /.well-known/mta-sts.txt on to this server without a redirect.`,
      id: `Pastikan ${host} (${line}) menjawab HTTPS di port 443 dengan sertifikat tepercaya untuk nama itu, dan meneruskan /.well-known/mta-sts.txt ke server ini tanpa pengalihan.`,
    }
    return fail(ID, { expected, found: `it cannot be fetched: ${shown(fetched.why)}`, advice, records: [alias] })
  }
  const unlisted = await unlistedHosts(subject, fetched.policy, ask)
  const wanted = stsPolicyOf(house, sts)
  const isOurs = fetched.policy.mode === sts && fetched.policy.mx.join(' ') === wanted.mx.join(' ')
  if (unlisted.length > 0) return fail(ID, { expected, found: `the policy does not name the MX ${shown(unlisted.join(', '))}`, advice: nameInPolicy(subject, unlisted, isOurs, line), records: isOurs ? [] : [alias] })
  if (!isOurs) {
    const advice: Advice = { en: `Let ${host} lead to this server, which serves the policy that you have set: ${line}`, id: `Arahkan ${host} ke server ini yang menyajikan kebijakan pilihan Anda: ${line}` }
    return warn(ID, { expected, found: `a policy with mode ${fetched.policy.mode} that is not ours`, advice, records: [alias] })
  }
  return ageOf(subject, fetched.policy, expected)
}

async function unlistedHosts({ name }: Subject, { mode, mx }: StsPolicy, ask: Questions): Promise<readonly string[]> {
  const answer = await ask.mx(name)
  if (answer.kind !== 'found' || mode === 'none') return []
  return answer.records.map(({ exchange }) => exchange).filter((host) => host !== '' && !mx.some((pattern) => mxMatches(pattern, host)))
}

function nameInPolicy({ name, house }: Subject, unlisted: readonly string[], isOurs: boolean, line: string): Advice {
  const hosts = shown(unlisted.join(', '))
  if (!isOurs) return { en: `Let mta-sts.${name} lead to this server, which names its own MX in the policy: ${line}`, id: `Arahkan mta-sts.${name} ke server ini yang menyebut MX-nya sendiri dalam kebijakan: ${line}` }
  return {
    en: `Remove the MX record of ${name} that names ${hosts}, let it name ${house.hostname} instead, or add it to outbound.own_names if it is this server.`,
    id: `Hapus record MX ${name} yang menunjuk ${hosts}, arahkan ke ${house.hostname}, atau tambahkan ke outbound.own_names bila itu server ini.`,
  }
}

function ageOf({ name, sts }: Subject, { maxAgeS }: StsPolicy, expected: string): Finding {
  if (maxAgeS < SHORT_S) return warn(ID, { expected, found: `the policy holds for ${maxAgeS} s only`, advice: { en: 'Set max_age of the policy to two weeks (1209600).', id: 'Atur max_age kebijakan menjadi dua minggu (1209600).' } })
  if (sts === 'enforce') return pass(ID, expected, 'found, fetched, enforced')
  const advice: Advice = {
    en: `Change the mode once reports on TLS show no failures ("merpati domain set ${name} --mta-sts enforce"), and publish the TXT record at _mta-sts.${name} that "merpati dns records ${name}" then prints.`,
    id: `Ubah modenya setelah laporan TLS tidak menunjukkan kegagalan ("merpati domain set ${name} --mta-sts enforce"), lalu terbitkan record TXT di _mta-sts.${name} yang dicetak "merpati dns records ${name}".`,
  }
  return warn(ID, { expected: 'mode enforce', found: 'mode testing: senders report, and send all the same', advice })
}
