import { randomBytes } from 'node:crypto'
import type { DeliveryId, MessageId, OrganizationId } from '../../src/base/brand.ts'
import { makeId } from '../../src/base/ids.ts'
import { deliver } from '../../src/core/local/sql.ts'
import type { NewDelivery } from '../../src/core/queue/delivery.ts'
import type { Database } from '../../src/infra/db/database.ts'

/** Recipients of one message: each row is as large as a real one, and the messages do not fill the disk. */
const RECIPIENTS = 1_000

const HOUR_MS = 3_600_000

/** Puts deliveries to a domain into a queue, due now. `priority` as in `NewDelivery`. */
export async function fillQueue(db: Database, fill: { readonly lane: string; readonly count: number; readonly organization: string; readonly priority: 1 | 2 }, say: (text: string) => void): Promise<void> {
  const { lane, count, organization, priority } = fill
  for (let done = 0; done < count; done += RECIPIENTS) {
    const nowMs = Date.now()
    const bytes = new TextEncoder().encode(`Subject: ${done}\r\n\r\nHalo\r\n`)
    const message = { id: makeId('m', nowMs) as MessageId, size: bytes.length, digest: randomBytes(32), location: { kind: 'inline', bytes } } as const
    const deliveries = Array.from({ length: Math.min(RECIPIENTS, count - done) }, (_, i) => deliveryTo(`budi${done + i}`, lane, priority, nowMs))
    await db.write(deliver, { organization: organization as OrganizationId, message, recipients: [], deliveries, nowMs, told: {} })
    if (done % 100_000 === 0) say(`queue: ${done} of ${count} deliveries to ${lane}`)
  }
}

function deliveryTo(local: string, lane: string, priority: 1 | 2, nowMs: number): NewDelivery {
  return {
    id: makeId('q', nowMs) as DeliveryId,
    account: null,
    sender: 'ani@merpati.test',
    recipient: `${local}@${lane}`,
    domain: lane,
    route: 'remote',
    stream: 'submission',
    priority,
    site: lane,
    lane,
    state: 'queued',
    dueMs: nowMs,
    expiresMs: nowMs + 120 * HOUR_MS,
    alarmMs: nowMs + 4 * HOUR_MS,
    wishes: { ret: null, envid: null, notify: [], orcpt: null, body: null, smtputf8: false, requireTls: false, tlsOptional: false },
    view: { prefix: 'Received: from bench.test\r\n', skips: [] },
  }
}
