import type { Subject } from '../wanted-records.ts'
import { type Advice, fail, type Finding, pass, shown, unknown, warn } from './finding.ts'
import type { Questions } from './questions.ts'

const ID = 'dnssec'
const EXPECTED = 'the zone is signed, and its signatures are right'

/** Whether the domain's zone is signed: only then are MX and TLSA records safe from forgery. RFC 4033. */
export async function checkDnssec({ name }: Subject, ask: Questions): Promise<Finding> {
  const answer = await ask.mx(name)
  if (answer.kind === 'failed') return answer.why === 'servfail' ? await checkBogus(name, answer.detail, ask) : unknown(ID, EXPECTED, answer)
  if (answer.authentic) return pass(ID, EXPECTED, 'it is')
  if (!ask.validates) {
    const advice: Advice = {
      en: 'Use a DNS server on this machine that validates, and say so with outbound.validating = "on-loopback": without one nothing can be said of DNSSEC.',
      id: 'Gunakan server DNS di mesin ini yang memvalidasi, lalu atur outbound.validating = "on-loopback": tanpa itu keadaan DNSSEC tidak dapat diketahui.',
    }
    return { ...unknown(ID, EXPECTED, { detail: 'the DNS server that we ask does not validate' }), advice }
  }
  const advice: Advice = {
    en: `Sign the zone of ${name}, and give the DS record that its servers show to your registrar.`,
    id: `Tandatangani zona ${name}, lalu serahkan record DS yang ditunjukkan servernya kepada registrar Anda.`,
  }
  return warn(ID, { expected: EXPECTED, found: 'it is not signed', advice })
}

/** A server that says SERVFAIL, and knows the records as soon as it need not validate, has seen bad signatures. RFC 4035 §5.5. */
async function checkBogus(name: string, detail: string, ask: Questions): Promise<Finding> {
  const unchecked = await ask.uncheckedMx(name)
  if (unchecked.kind === 'failed') return unknown(ID, EXPECTED, { detail })
  const advice: Advice = {
    en: `Sign the zone of ${name} again, or replace the DS record at its registrar by that of the key in use: whoever validates finds neither MX nor anything else of the domain.`,
    id: `Tandatangani ulang zona ${name}, atau ganti record DS di registrar dengan milik kunci yang dipakai: pihak yang memvalidasi tidak menemukan MX maupun record lain domain ini.`,
  }
  return fail(ID, { expected: EXPECTED, found: `the signatures are wrong: ${shown(detail)}`, advice })
}
