import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto'
import { fail, ok, type Result } from '../../base/result.ts'
import { type ExternalAccount, keyAuthorization } from '../../proto/acme/jws.ts'
import { type Authorization, type Challenge, type Order, readAuthorization, readOrder } from '../../proto/acme/resource.ts'
import { ACME_IDENTIFIER, acmeIdentifier } from '../../proto/acme/tls-alpn.ts'
import type { ChallengeAnswer, ChallengeKind, IssuedCertificate, KeyType, WantedCertificate } from './certificate.ts'
import { AcmeClient, AcmeTrouble, type ClientOptions } from './client.ts'
import type { AcmeAccount } from './sql.ts'

/** An extension of a certificate: its object identifier and its value, DER. */
export interface Extension {
  readonly id: string
  readonly value: Uint8Array
}

/** What an order is made with. */
export interface OrderOptions extends ClientOptions {
  readonly contact: readonly string[]
  readonly external: ExternalAccount | null
  readonly keyType: KeyType
  /** How names are shown to be ours this time. */
  readonly challenge: ChallengeKind
  /** Null when there is none yet. */
  readonly account: AcmeAccount | null
  /** Must be safe before the order goes on: an account is made once. */
  readonly keepAccount: (account: AcmeAccount) => Promise<void>
  /** From then on every worker answers so. */
  readonly answer: (answer: ChallengeAnswer) => Promise<void>
  readonly forget: (answer: ChallengeAnswer) => Promise<void>
  /** A new key, and a request for a certificate in DER that is signed by it. RFC 2986. */
  readonly makeRequest: (names: readonly string[], keyType: KeyType) => Promise<{ readonly request: Uint8Array; readonly key: string }>
  /** A certificate that signs itself, with its key, for one name. */
  readonly selfSigned: (name: string, extension: Extension) => Promise<{ readonly cert: string; readonly key: string }>
}

/** Why there is no certificate. */
export interface OrderFault {
  readonly why: string
  readonly retryAfterMs: number | null
}

/** Gets a certificate from an authority. RFC 8555 §7.4. Everything that an authority may do or not do is a value; whatever `options` throw is thrown. */
export async function orderCertificate(wanted: WantedCertificate, options: OrderOptions, signal: AbortSignal): Promise<Result<IssuedCertificate, OrderFault>> {
  try {
    return ok(await order(wanted, options, signal))
  } catch (error) {
    if (error instanceof AcmeTrouble) return fail({ why: error.message, retryAfterMs: error.retryAfterMs })
    if (signal.aborted) return fail({ why: 'it took too long', retryAfterMs: null })
    throw error
  }
}

async function order(wanted: WantedCertificate, options: OrderOptions, signal: AbortSignal): Promise<IssuedCertificate> {
  const client = await enter(options, signal)
  const identifiers = wanted.names.map((value) => ({ type: 'dns', value }))
  const { bytes, location } = await newOrder(client, identifiers, options, signal)
  const begun = readOrder(bytes)
  if (begun === null || location === null) throw new AcmeTrouble('the authority sent something that is no order')
  for (const url of begun.authorizations) await authorize(url, client, options, signal)
  const ready = await client.poll(location, readOrder, ({ status }) => status !== 'pending', signal)
  mustBe(ready, ['ready', 'processing', 'valid'])
  const { request, key } = await options.makeRequest(wanted.names, options.keyType)
  await client.post(ready.finalize, { csr: Buffer.from(request).toString('base64url') }, signal)
  const done = await client.poll(location, readOrder, ({ status }) => status !== 'processing' && status !== 'ready', signal)
  mustBe(done, ['valid'])
  if (done.certificate === null) throw new AcmeTrouble('the authority does not say where the certificate is')
  const chain = await client.post(done.certificate, null, signal)
  return issued(wanted, Buffer.from(chain.bytes).toString('utf8'), key, options)
}

/** Opens the account, made at the first order. §7.3. */
async function enter({ account, keepAccount, contact, external, ...options }: OrderOptions, signal: AbortSignal): Promise<AcmeClient> {
  const key = account?.key ?? newAccountKey()
  const known = account?.url ?? null
  const client = await AcmeClient.open(options, createPrivateKey(key), known, signal)
  if (known !== null) return client
  // The key is safe before the authority knows it.
  if (account === null) await keepAccount({ key, url: null })
  await keepAccount({ key, url: await client.register(contact, external, signal) })
  return client
}

/** An authority that has forgotten us is told once more who we are. */
async function newOrder(client: AcmeClient, identifiers: readonly unknown[], options: OrderOptions, signal: AbortSignal) {
  const { newOrder: url } = client.directory
  try {
    return await client.post(url, { identifiers }, signal)
  } catch (error) {
    if (!(error instanceof AcmeTrouble) || error.type !== 'accountDoesNotExist') throw error
    const account = await client.register(options.contact, options.external, signal)
    await options.keepAccount({ key: client.key.export({ format: 'pem', type: 'pkcs8' }) as string, url: account })
    return await client.post(url, { identifiers }, signal)
  }
}

/** Shows that one name is ours. §7.5. */
async function authorize(url: string, client: AcmeClient, options: OrderOptions, signal: AbortSignal): Promise<void> {
  const authorization = readAuthorization((await client.post(url, null, signal)).bytes)
  if (authorization === null) throw new AcmeTrouble('the authority sent something that is no authorization')
  if (authorization.status === 'valid') return // It knows from an earlier order.
  const challenge = authorization.challenges.find(({ type }) => type === options.challenge)
  if (challenge === undefined) throw new AcmeTrouble(`the authority does not offer ${options.challenge} for ${authorization.name}`)
  const answer = await answerTo(authorization.name, challenge, client, options)
  await options.answer(answer)
  try {
    await client.post(challenge.url, {}, signal)
    const judged = await client.poll(url, readAuthorization, ({ status }) => status !== 'pending', signal)
    if (judged.status !== 'valid') throw new AcmeTrouble(`${judged.name} was not shown to be ours by ${options.challenge}`, problemOf(judged))
  } finally {
    await options.forget(answer)
  }
}

async function answerTo(name: string, { token }: Challenge, client: AcmeClient, { challenge, selfSigned }: OrderOptions): Promise<ChallengeAnswer> {
  const text = keyAuthorization(token, client.key)
  if (challenge === 'http-01') return { kind: challenge, token, text }
  return { kind: challenge, name, ...(await selfSigned(name, { id: ACME_IDENTIFIER, value: acmeIdentifier(text) })) }
}

function problemOf({ challenges }: Authorization) {
  return challenges.find(({ error }) => error !== null)?.error ?? null
}

function mustBe(order: Order, statuses: readonly Order['status'][]): void {
  if (!statuses.includes(order.status)) throw new AcmeTrouble(`the order is ${order.status}`, order.error)
}

/** What an authority sends is looked at before it serves: it must be for our key and our names. */
function issued({ name, names }: WantedCertificate, chain: string, key: string, { directory, clock }: OrderOptions): IssuedCertificate {
  const certificate = certificateIn(chain)
  if (certificate === null || !certificate.checkPrivateKey(createPrivateKey(key))) throw new AcmeTrouble('the authority sent a certificate that is not for our key')
  const lacks = names.find((each) => certificate.checkHost(each) === undefined)
  if (lacks !== undefined) throw new AcmeTrouble(`the authority sent a certificate without ${lacks}`)
  return { name, names, chain, key, notBeforeMs: Date.parse(certificate.validFrom), notAfterMs: Date.parse(certificate.validTo), issuedMs: clock.nowMs(), directory }
}

function certificateIn(chain: string): X509Certificate | null {
  try {
    return new X509Certificate(chain)
  } catch {
    return null // OpenSSL says so of what is no PEM.
  }
}

function newAccountKey(): string {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }) as string
}
