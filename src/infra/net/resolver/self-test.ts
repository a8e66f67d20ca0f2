import { isIP, BlockList } from 'node:net'
import { askServer } from './ask-server.ts'
import { serverText } from './exchange.ts'
import type { DnsServer } from './exchange.ts'
import { A } from './record.ts'

/**
 * What the operator says about the servers. `no`: their AD bit means nothing. `on-loopback`: they validate DNSSEC and run on this
 * host, so nobody can change what they say on its way. `over-trusted-path`: they validate and are elsewhere, over a network that is as
 * safe as this host (RFC 4035 §4.9.3).
 */
export type Validating = 'no' | 'on-loopback' | 'over-trusted-path'

/** Names that tell whether a server validates. */
export interface TestNames {
  /** In a signed zone: the answer must be marked authentic. */
  readonly signed: string
  /** In a zone whose signatures are wrong on purpose: the answer must be SERVFAIL. */
  readonly broken: string
}

/** Names that are kept for this by others: the IETF's own domain, and one that is broken for good. */
export const PUBLIC_TEST_NAMES: TestNames = { signed: 'ietf.org', broken: 'dnssec-failed.org' }

/** Whether answers may be called authentic, and so whether DANE is done at all; if not, why not, for the log and for `merpati dns`. */
export type DnssecState =
  | { readonly kind: 'on' }
  | { readonly kind: 'off'; readonly why: OffWhy; readonly detail: string }

/**
 * `not-declared`: the configuration does not say that the servers validate; `not-tested`: no self-test has run yet; `not-loopback`: it
 * says they are on this host, and they are not; `no-ad`: a signed name was not marked; `accepts-broken`: a forgery would be believed;
 * `no-answer`: the test could not be made.
 */
export type OffWhy = 'not-declared' | 'not-tested' | 'not-loopback' | 'no-ad' | 'accepts-broken' | 'no-answer'

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/** What holds before any test: nothing is believed. */
export function untested(declared: Validating): DnssecState {
  if (declared === 'no') return { kind: 'off', why: 'not-declared', detail: 'the configuration does not call the DNS servers validating' }
  return { kind: 'off', why: 'not-tested', detail: 'the self-test has not run' }
}

/** Finds out whether all of `servers` validate. All, because any of them may be the one that answers. */
export async function testValidation(
  servers: readonly DnsServer[], declared: Validating, names: TestNames, withinMs: number, signal: AbortSignal,
): Promise<DnssecState> {
  if (declared === 'no') return untested(declared)
  for (const server of servers) {
    const fault = isTrusted(server, declared) ? await testServer(server, names, withinMs, signal) : strange(server)
    if (fault !== null) return fault
  }
  return { kind: 'on' }
}

function isTrusted({ address }: DnsServer, declared: Validating): boolean {
  return declared === 'over-trusted-path' || LOOPBACK.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')
}

function strange(server: DnsServer): DnssecState {
  return { kind: 'off', why: 'not-loopback', detail: `${serverText(server)} is not on this host, so its AD bit could be anybody's` }
}

/** Null when it validates. */
async function testServer(server: DnsServer, names: TestNames, withinMs: number, signal: AbortSignal): Promise<DnssecState | null> {
  const { signed, broken } = names
  const at = serverText(server)
  const good = await askServer(server, { name: signed, kind: A, dnssec: true }, withinMs, signal)
  if (good.kind === 'failed') return { kind: 'off', why: 'no-answer', detail: `${signed}: ${good.detail}` }
  if (!good.reply.authentic) return { kind: 'off', why: 'no-ad', detail: `${at} did not mark ${signed} as authentic` }
  const bad = await askServer(server, { name: broken, kind: A, dnssec: true }, withinMs, signal)
  if (bad.kind === 'reply') return { kind: 'off', why: 'accepts-broken', detail: `${at} answered for ${broken}, which is signed wrongly` }
  return bad.why === 'servfail' ? null : { kind: 'off', why: 'no-answer', detail: `${broken}: ${bad.detail}` }
}
