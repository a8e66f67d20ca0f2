import type { MessageId } from '../../base/brand.ts'
import { authorDomains } from '../../proto/dmarc/author.ts'
import type { HeaderScan } from '../../proto/mail/header-scan.ts'
import { isBroadcast } from '../organization/stream/name.ts'
import type { DeliveryView, NewDelivery } from '../queue/delivery.ts'
import { stopLocalOf } from '../track/stop-address.ts'
import type { NewTracked } from '../track/tracked.ts'
import { unsubscribeFields, urlOf, type UrlOptions } from '../track/url.ts'
import type { House } from './accept.ts'
import { type HeaderWishes, isOfProgram, type SubmittedStream } from './stream.ts'

/** Deliveries as they go out, and what their addresses of ours mean; null when there are none. */
export interface Stoppable {
  readonly deliveries: readonly NewDelivery[]
  readonly tracked: NewTracked | null
}

/**
 * Gives each recipient of what a program submits to many an address of his own to stop it, as Gmail and Yahoo want (RFC 8058). Who says himself how to
 * unsubscribe, with one click, answers for it: `own-stop.ts`.
 */
export function stoppable(house: House, message: MessageId, { stream, stops }: Pick<HeaderWishes, 'stream' | 'stops'>, deliveries: readonly NewDelivery[]): Stoppable {
  const { trackOrigin: origin, secret } = house
  if (origin === undefined || stops.stop === 'own' || !isOfProgram(stream) || deliveries.length === 0) return { deliveries, tracked: null }
  const withFields = deliveries.map((delivery, recipient) => withUnsubscribe({ ...delivery, view: { ...delivery.view, skips: stops.skips } }, { message, recipient }, { origin, secret, hostname: house.hostname }))
  return { deliveries: withFields, tracked: { message, stream, recipients: deliveries.map(({ id, recipient }) => ({ address: recipient, delivery: id })), links: [], opens: 'not-noted' } }
}

/** The domain that answers for what goes to many: nothing for all other mail, and where From names no one domain. */
export function bulkAuthor(stream: SubmittedStream, { authorTexts: { from: [text] } }: HeaderScan): Pick<DeliveryView, 'author'> {
  const [author, ...more] = !isBroadcast(stream) || text === undefined || text === null ? [] : (authorDomains(text) ?? [])
  return author === undefined || more.length > 0 ? {} : { author }
}

/** A delivery with the fields by which its recipient stops such mail: the one of that number in the message. */
export function withUnsubscribe(delivery: NewDelivery, of: { readonly message: MessageId; readonly recipient: number }, options: UrlOptions & { readonly hostname: string }): NewDelivery {
  const fields = unsubscribeFields(urlOf({ kind: 'unsubscribe', ...of, link: 0 }, options), `${stopLocalOf(of, options.secret)}@${options.hostname}`)
  return { ...delivery, view: { ...delivery.view, prefix: fields + delivery.view.prefix } }
}
