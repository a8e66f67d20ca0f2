import { generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { formatKeyRecord } from '../../src/proto/dkim/key-record.ts'
import { Signer } from '../../src/proto/dkim/sign.ts'
import { Verifier } from '../../src/proto/dkim/verify.ts'
import { type BenchOptions, type Figure, median, spread } from '../figure.ts'

const MESSAGES = 500
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ED25519 = generateKeyPairSync('ed25519')
const RECORDS = { rsa: formatKeyRecord(RSA.publicKey), ed25519: formatKeyRecord(ED25519.publicKey) }

/** 10 KiB of indented HTML, which gives canonicalization something to do, behind a header of 24 fields. */
const MESSAGE = Buffer.from([
  ...Array.from({ length: 20 }, (_, i) => `X-Field-${i}: some value of usual length`),
  'From: ani@me.example', 'To: budi@there.example', 'Subject: Halo', 'Date: Thu, 1 Jan 2026 00:00:00 +0000', '',
  ...Array.from({ length: 145 }, () => '<td class="x">   Halo Budi, how are you today my good friend?  </td>'), '',
].join('\r\n'))

/** What signing and verifying a message of 10 KiB costs, canonicalization included. */
export async function dkim({ rounds, say }: BenchOptions): Promise<readonly Figure[]> {
  const both = Buffer.concat([Buffer.from((await sign([RSA.privateKey, ED25519.privateKey])) ?? ''), MESSAGE])
  const work: Readonly<Record<string, () => Promise<unknown>>> = {
    'DKIM: canonicalize, do not sign': () => sign([]),
    'DKIM: sign, Ed25519': () => sign([ED25519.privateKey]),
    'DKIM: sign, RSA-2048': () => sign([RSA.privateKey]),
    'DKIM: sign, RSA-2048 and Ed25519': () => sign([RSA.privateKey, ED25519.privateKey]),
    'DKIM: verify both': () => verify(both),
  }
  const figures: Figure[] = []
  for (const [name, once] of Object.entries(work)) {
    say(name)
    await cpuMicros(once)
    const micros: number[] = []
    for (let round = 0; round < rounds; round++) micros.push(await cpuMicros(once))
    figures.push({ name, unit: 'us CPU/message', ours: median(micros), peer: null, goal: null, note: spread(micros) })
  }
  return figures
}

async function sign(keys: readonly KeyObject[]): Promise<string | null> {
  const named = keys.map((key) => ({ domain: 'me.example', selector: key.asymmetricKeyType ?? '', key }))
  const signer = new Signer(named, { atSeconds: 1_767_225_600, lifeSeconds: null, header: 'relaxed', body: 'relaxed' })
  signer.push(MESSAGE)
  return await signer.finish()
}

async function verify(message: Uint8Array): Promise<void> {
  const verifier = new Verifier()
  verifier.push(message)
  const findings = await verifier.finish(
    async (name) => ({ kind: 'texts', texts: [name.startsWith('rsa') ? RECORDS.rsa : RECORDS.ed25519] }),
    Date.parse('2026-01-02T00:00:00Z'),
    new AbortController().signal,
  )
  if (!findings.every(({ result }) => result === 'pass')) throw new Error('a signature of ours does not pass')
}

async function cpuMicros(once: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  for (let message = 0; message < MESSAGES; message++) await once()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / MESSAGES
}
