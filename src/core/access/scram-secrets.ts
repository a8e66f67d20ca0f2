import { createHmac } from 'node:crypto'
import type { ScramSecrets } from '../../proto/sasl/exchange.ts'
import { SCRAM_ITERATIONS, SCRAM_SALT_BYTES } from './limits.ts'
import type { LoginRecord } from './store.ts'

/**
 * What a client has to prove by SCRAM. The password's salt leads, or else the first app password's; every credential that shares
 * it may be proved. A login that is unknown or has none gets values made from its name and the installation's secret:
 * the same at every ask, on every node, and unlike nobody's.
 */
export function scramSecretsOf(login: string, record: LoginRecord | null, nowMs: number, secret: Uint8Array): ScramSecrets {
  const able = (record?.credentials ?? []).filter(({ scram, expiresMs }) => scram !== null && (expiresMs === null || expiresMs > nowMs))
  const lead = (able.find(({ kind }) => kind === 'password') ?? able[0])?.scram
  if (lead === undefined || lead === null) return madeUp(login, secret)
  const { salt, iterations } = lead
  const candidates = able.flatMap(({ id, scram }) => {
    if (scram === null || scram.iterations !== iterations || !Buffer.from(scram.salt).equals(salt)) return []
    return [{ credential: id, storedKey: scram.storedKey, serverKey: scram.serverKey }]
  })
  return { salt, iterations, candidates }
}

function madeUp(login: string, secret: Uint8Array): ScramSecrets {
  const made = (label: string): Buffer => createHmac('sha256', secret).update(`${label} ${login}`).digest()
  // A stored key is a digest whose origin nobody knows: no proof leads to one that is made up.
  const nobody = { credential: '', storedKey: made('stored key'), serverKey: made('server key') }
  return { salt: made('salt').subarray(0, SCRAM_SALT_BYTES), iterations: SCRAM_ITERATIONS, candidates: [nobody] }
}
