/** A thread that lives for one certificate. */
import type { webcrypto } from 'node:crypto'
import { parentPort, workerData } from 'node:worker_threads'
import 'reflect-metadata'
import { Extension, Pkcs10CertificateRequestGenerator, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509'
import type { KeyType } from '../../core/certificate/certificate.ts'
import type { Made, RequestPlan, SelfSignedPlan } from './x509.ts'

const ALGORITHMS: Readonly<Record<KeyType, webcrypto.EcKeyGenParams | webcrypto.RsaHashedKeyGenParams>> = {
  p256: { name: 'ECDSA', namedCurve: 'P-256' },
  p384: { name: 'ECDSA', namedCurve: 'P-384' },
  rsa2048: rsa(2048),
  rsa4096: rsa(4096),
}

const plan = workerData as SelfSignedPlan | RequestPlan
const algorithm = ALGORITHMS[plan.kind === 'request' ? plan.keyType : 'p256']
const keys = await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])
const signingAlgorithm = { ...algorithm, hash: plan.kind === 'request' && plan.keyType === 'p384' ? 'SHA-384' : 'SHA-256' }
const made = plan.kind === 'request' ? await makeRequest(plan) : await makeSelfSigned(plan)
const key = Buffer.from(await crypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64')
const pem = `-----BEGIN PRIVATE KEY-----\n${key.replace(/.{64}/g, '$&\n')}\n-----END PRIVATE KEY-----\n`
parentPort?.postMessage({ made, key: pem } satisfies Made)

async function makeRequest({ names }: RequestPlan): Promise<Uint8Array> {
  // Names stand in the extension alone: RFC 8555 §7.4 allows it, and a common name has 64 characters at most.
  const request = await Pkcs10CertificateRequestGenerator.create({ keys, signingAlgorithm, extensions: [alternatives(names, [])] })
  return new Uint8Array(request.rawData)
}

async function makeSelfSigned({ commonName, names, addresses, notBeforeMs, notAfterMs, extension }: SelfSignedPlan): Promise<string> {
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${commonName}`,
    notBefore: new Date(notBeforeMs),
    notAfter: new Date(notAfterMs),
    signingAlgorithm,
    keys,
    extensions: [alternatives(names, addresses), ...(extension === null ? [] : [new Extension(extension.id, true, Uint8Array.from(extension.value))])],
  })
  return `${certificate.toString('pem')}\n`
}

function alternatives(names: readonly string[], addresses: readonly string[]): SubjectAlternativeNameExtension {
  const dns = names.map((value) => ({ type: 'dns' as const, value }))
  return new SubjectAlternativeNameExtension([...dns, ...addresses.map((value) => ({ type: 'ip' as const, value }))])
}

function rsa(modulusLength: number): webcrypto.RsaHashedKeyGenParams {
  return { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256', modulusLength, publicExponent: new Uint8Array([1, 0, 1]) }
}
