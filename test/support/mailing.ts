import type { OrganizationId } from '../../src/base/brand.ts'
import type { EventType, NewEvent } from '../../src/core/event/event.ts'

/** What a mailing was. */
export interface Mailing {
  readonly organization: OrganizationId
  readonly stream: string
  /** Tells its deliveries from those of others. */
  readonly name: string
  readonly count: number
  readonly complaints: number
  /** Those that came back later; none when not said. */
  readonly late?: number
  readonly atMs: number
}

/** The log of a mailing to Yahoo that arrived, and that some complained of. Of what came back half has no mailbox, and half a full one. Of each delivery only what is counted. */
export function mailing({ organization, stream, name, count, complaints, late = 0, atMs }: Mailing): readonly NewEvent[] {
  const tell = (delivery: string, type: EventType, data: object): NewEvent => ({
    ...{ type, atMs, organization, account: null, message: null, delivery: delivery as never, version: 1 },
    data: { recipient: 'a@yahoo.com', stream, ...data },
  })
  return Array.from({ length: count }, (_, i) => [
    tell(`q${name}${i}`, 'delivery.queued', { dueMs: atMs }),
    tell(`q${name}${i}`, 'delivery.delivered', { site: 'yahoo', attempt: 1 }),
    ...(i < complaints ? [tell(`q${name}${i}`, 'delivery.complained', { category: 'complaint' })] : []),
    ...(i < late ? [tell(`q${name}${i}`, 'delivery.bounced', { category: i % 2 === 0 ? 'bad-mailbox' : 'mailbox-full' })] : []),
  ]).flat()
}
