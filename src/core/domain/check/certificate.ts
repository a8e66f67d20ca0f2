import { mxMatches } from '../../../proto/mtasts/policy.ts'
import { day, type Subject } from '../wanted-records.ts'
import { type Advice, fail, type Finding, pass, warn } from './finding.ts'
import { CERTIFICATE_SPARE_MS } from './limits.ts'
import { ourMxHosts } from './mx-hosts.ts'
import type { Questions } from './questions.ts'

const ID = 'mx-certificate'

/** Whether the certificate that our MX shows is what MTA-STS asks for: names, time, and an authority that is known. RFC 8461 §4.2. */
export async function checkCertificate(subject: Subject, ask: Questions): Promise<Finding> {
  const { house: { certificate }, nowMs } = subject
  const hosts = await ourMxHosts(subject, ask)
  const expected = `a trusted certificate for ${hosts.join(', ')}`
  if (certificate === null) return fail(ID, { expected, found: 'there is none: mail arrives in the clear', advice: renew(hosts) })
  const until = day(certificate.untilMs)
  if (certificate.untilMs <= nowMs) return fail(ID, { expected, found: `it ended at ${until}`, advice: renew(hosts) })
  const unnamed = hosts.filter((host) => !certificate.names.some((name) => mxMatches(name, host)))
  if (unnamed.length > 0) return fail(ID, { expected, found: `it does not name ${unnamed.join(', ')}`, advice: renew(hosts) })
  if (!certificate.trusted) return warn(ID, { expected, found: 'no authority that others know vouches for it: senders with MTA-STS do not send', advice: renew(hosts) })
  if (certificate.untilMs - nowMs < CERTIFICATE_SPARE_MS) return warn(ID, { expected, found: `it ends at ${until}`, advice: renew(hosts) })
  return pass(ID, expected, `it is good until ${until}`)
}

function renew(hosts: readonly string[]): Advice {
  const names = hosts.join(', ')
  return {
    en: `Get a certificate for ${names} from an authority and name it in [tls]. No DNS record has to change, except a TLSA record when the key does.`,
    id: `Dapatkan sertifikat untuk ${names} dari otoritas sertifikat lalu sebutkan di [tls]. Record DNS tidak perlu diubah, kecuali TLSA bila kuncinya berganti.`,
  }
}
