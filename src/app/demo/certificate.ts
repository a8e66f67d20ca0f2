import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { threadEnv } from '../thread/env.ts'

/** Made anew when it ends within this time. */
const SPARE_MS = 7 * 24 * 3_600_000

/** Where the certificate and its key lie, and the time by which it is made. */
export interface CertificatePlan {
  readonly certificate: string
  readonly key: string
  readonly nowMs: number
}

/**
 * Makes a self-signed certificate for the demo's names, unless there is a good one. The key is readable by its owner only.
 * It is made in a thread of its own: what that takes (20 MB of modules) is needed once, and goes with the thread.
 */
export async function ensureCertificate(files: { readonly certificate: string; readonly key: string }, nowMs: number): Promise<void> {
  if (existsSync(files.key) && isGood(files.certificate, nowMs)) return
  const workerData: CertificatePlan = { ...files, nowMs }
  const worker = new Worker(new URL('./certificate-thread.ts', import.meta.url), { workerData, env: threadEnv() })
  await new Promise<void>((resolve, reject) => {
    worker.once('error', reject)
    worker.once('exit', () => resolve())
  })
}

/** A file that a power cut left empty is not good either. */
function isGood(path: string, nowMs: number): boolean {
  try {
    return Date.parse(new X509Certificate(readFileSync(path)).validTo) > nowMs + SPARE_MS
  } catch {
    return false
  }
}
