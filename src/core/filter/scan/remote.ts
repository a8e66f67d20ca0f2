import type { Clock } from '../../../base/clock.ts'
import type { Log } from '../../../base/log.ts'
import { post } from '../../../infra/http/post.ts'
import { dial, dialUnix } from '../../../infra/net/dial.ts'
import type { ScannerAddress } from './address.ts'
import { clamavScanner, clamdHealth, type OpenScanner } from './clamav.ts'
import { CONNECT_WITHIN_MS, MAX_RSPAMD_REPLY_BYTES } from './limits.ts'
import { milterScanner } from './milter.ts'
import { rspamdScanner } from './rspamd.ts'
import { type ScanOptions, watched } from './scan.ts'
import type { OnOutage, Scanner } from './scanner.ts'

/** Scanners that the operator has named. */
export interface ScannerConfig {
  readonly clamav: { readonly address: ScannerAddress; readonly onOutage: OnOutage } | null
  readonly rspamd: { readonly address: ScannerAddress } | null
  readonly milters: readonly { readonly name: string; readonly address: ScannerAddress; readonly onOutage: OnOutage }[]
}

/** What the configured scanners make of mail: to be given to `scanMessage`. Nothing is connected yet. */
export function openScanners(config: ScannerConfig, hostname: string, given: { readonly clock: Clock; readonly log: Log; readonly count: ScanOptions['count'] }): ScanOptions {
  const { clamav, rspamd, milters } = config
  return {
    scanners: [
      ...(clamav === null ? [] : [watched(clamavScanner(opener(clamav.address, given.log)), clamav.onOutage)]),
      ...(rspamd === null ? [] : [watched(rspamdAt(rspamd.address), 'tag')]),
      ...milters.map(({ name, address, onOutage }) => watched(milterScanner(name, hostname, opener(address, given.log)), onOutage)),
    ],
    ...given,
  }
}

/** How a scanner is: whether it answers, and whether its signatures are old. */
export interface ScannerHealth {
  readonly name: string
  readonly isAlive: boolean
  readonly isStale: boolean
}

/** Asks every configured scanner how it is: clamd by its PING and VERSION, others by whether they take a connection. Never rejects for what they do. */
export async function scannersHealth({ clamav, rspamd, milters }: ScannerConfig, nowMs: number, log: Log, signal: AbortSignal): Promise<readonly ScannerHealth[]> {
  const taken = async (name: string, address: ScannerAddress): Promise<ScannerHealth> => {
    const wire = await opener(address, log)(signal)
    if (typeof wire !== 'string') wire.end()
    return { name, isAlive: typeof wire !== 'string', isStale: false }
  }
  const virus = async ({ address }: NonNullable<ScannerConfig['clamav']>): Promise<ScannerHealth> => {
    const { alive: isAlive, isStale } = await clamdHealth(opener(address, log), nowMs, signal)
    return { name: 'clamav', isAlive, isStale }
  }
  return await Promise.all([...(clamav === null ? [] : [virus(clamav)]), ...(rspamd === null ? [] : [taken('rspamd', rspamd.address)]), ...milters.map(({ name, address }) => taken(name, address))])
}

/** Opens connections to a scanner. */
export function opener(address: ScannerAddress, log: Log): OpenScanner {
  return async (signal) => {
    const withinMs = CONNECT_WITHIN_MS
    const dialed =
      address.kind === 'unix'
        ? await dialUnix({ path: address.path, withinMs, log }, signal)
        : await dial({ address: address.host, port: address.port, localAddress: null, withinMs, tls: null, security: 'plain', log }, signal)
    return dialed.kind === 'connected' ? dialed.wire : `${dialed.why}: ${dialed.detail}`
  }
}

function rspamdAt(to: ScannerAddress): Scanner {
  return rspamdScanner((headers, body, signal) => post({ to, path: '/checkv2', headers, body, maxBytes: MAX_RSPAMD_REPLY_BYTES, connectMs: CONNECT_WITHIN_MS }, signal))
}
