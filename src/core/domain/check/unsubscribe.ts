import type { Subject } from '../wanted-records.ts'
import { type Advice, fail, type Finding, pass, shown, warn } from './finding.ts'
import { SLOW_UNSUBSCRIBE_MS } from './limits.ts'
import type { Questions } from './questions.ts'

const ID = 'unsubscribe'

/**
 * Whether whoever gets mail of many copies can stop it with one click: a POST to an address of ours answers 200, over HTTPS, without a redirect or a login.
 * RFC 8058 §3.1. Who presses that button in vain presses "spam" next.
 */
export async function checkUnsubscribe({ house: { linkHost } }: Subject, ask: Questions): Promise<Finding> {
  const expected = `a POST to https://${linkHost}/t/u/ answers 200`
  const answer = await ask.outside.oneClick(ask.signal)
  switch (answer.kind) {
    case 'answered':
      if (answer.status !== 200) return fail(ID, { expected, found: `it answered ${answer.status}`, advice: handOn(linkHost) })
      if (answer.tookMs > SLOW_UNSUBSCRIBE_MS) return warn(ID, { expected, found: `it took ${Math.round(answer.tookMs)} ms`, advice: handOn(linkHost) })
      return pass(ID, expected, 'it does')
    case 'untrusted':
      return fail(ID, { expected, found: shown(answer.why), advice: certify(linkHost) })
    case 'failed':
      return { id: ID, kind: 'unknown', expected, found: shown(answer.why), advice: reach(linkHost), records: [] }
  }
}

function handOn(host: string): Advice {
  return {
    en: `Let what stands before the http listener at ${host} hand everything below /t/ on as it is: no redirect, no login, no page of its own. No DNS record has to change.`,
    id: `Pastikan server di depan listener http pada ${host} meneruskan semua di bawah /t/ apa adanya: tanpa pengalihan, login, atau halaman sendiri. Record DNS tidak perlu diubah.`,
  }
}

/** What mends a name in links whose certificate will not do. */
export function certify(host: string): Advice {
  return {
    en: `Get a certificate for ${host} from an authority that browsers know: name it in [tls] or [[certificate]], or let [acme] get it.`,
    id: `Dapatkan sertifikat untuk ${host} dari otoritas yang dikenal peramban: sebutkan di [tls] atau [[certificate]], atau biarkan [acme] mengambilnya.`,
  }
}

/** From inside a network its own public address may lead nowhere: that alone proves nothing. */
export function reach(host: string): Advice {
  return {
    en: `See from elsewhere whether https://${host}/ answers: this machine does not reach it, which is no fault where its own address leads nowhere from inside. Nothing is known to be wrong.`,
    id: `Periksa dari tempat lain apakah https://${host}/ menjawab: mesin ini tidak dapat menjangkaunya, dan itu wajar bila alamatnya sendiri tidak dapat dicapai dari dalam. Belum diketahui ada yang salah.`,
  }
}
