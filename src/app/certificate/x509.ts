import { Worker } from 'node:worker_threads'
import type { KeyType } from '../../core/certificate/certificate.ts'
import type { Extension } from '../../core/certificate/order.ts'
import { threadEnv } from '../thread/env.ts'

/** A certificate that signs itself. */
export interface SelfSignedPlan {
  readonly kind: 'self-signed'
  readonly commonName: string
  readonly names: readonly string[]
  /** IP addresses that it is for, too. */
  readonly addresses: readonly string[]
  readonly notBeforeMs: number
  readonly notAfterMs: number
  /** A critical extension; null for most. */
  readonly extension: Extension | null
}

/** A request to an authority, signed by a new key. */
export interface RequestPlan {
  readonly kind: 'request'
  readonly names: readonly string[]
  readonly keyType: KeyType
}

/** What the thread makes. `key` is PKCS #8, PEM. */
export interface Made {
  /** PEM of a certificate, DER of a request. */
  readonly made: string | Uint8Array
  readonly key: string
}

/** Makes a certificate that signs itself, PEM. */
export async function makeSelfSigned(plan: Omit<SelfSignedPlan, 'kind'>): Promise<{ readonly cert: string; readonly key: string }> {
  const { made, key } = await inThread({ kind: 'self-signed', ...plan })
  return { cert: String(made), key }
}

/** Makes a key and a request for a certificate, DER. */
export async function makeRequest(names: readonly string[], keyType: KeyType): Promise<{ readonly request: Uint8Array; readonly key: string }> {
  const { made, key } = await inThread({ kind: 'request', names, keyType })
  return { request: made as Uint8Array, key }
}

/** In a thread of its own: what that takes (20 MB of modules) is needed now and then, and goes with the thread. */
async function inThread(workerData: SelfSignedPlan | RequestPlan): Promise<Made> {
  const worker = new Worker(new URL('./x509-thread.ts', import.meta.url), { workerData, env: threadEnv() })
  return await new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
    worker.once('exit', () => reject(new Error('the thread that makes certificates ended without one')))
  })
}
