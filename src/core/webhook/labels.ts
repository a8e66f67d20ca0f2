import type { MessageId, OrganizationId } from '../../base/brand.ts'
import type { Event } from '../event/event.ts'
import type { Labels } from '../send/sent.ts'
import type { Endpoint } from './endpoint.ts'
import { MAX_LABELS_BYTES } from './limits.ts'
import { type PublicEvent, publicEvents, textOf } from './public-event.ts'

/** What programs called their messages, by the ids of those. Only messages of that organization are in it. */
export type AskLabels = (organization: OrganizationId, messages: readonly MessageId[]) => Promise<ReadonlyMap<string, Labels>>

/** Labels of several organizations' messages. */
export type KnownLabels = ReadonlyMap<OrganizationId, ReadonlyMap<string, Labels>>

/** Asks for the labels of all messages in a chunk of the log that an endpoint may be told of: one question for each organization, not for each event. */
export async function labelsFor(events: readonly Event[], endpoints: ReadonlyMap<string, readonly Endpoint[]>, ask: AskLabels): Promise<KnownLabels> {
  const sent = Map.groupBy(events.filter((event) => endpoints.has(event.organization) && isAboutSent(event)), ({ organization }) => organization)
  const known = new Map<OrganizationId, ReadonlyMap<string, Labels>>()
  for (const [organization, of] of sent) known.set(organization, await ask(organization, [...new Set(of.flatMap(({ message }) => message ?? []))]))
  return known
}

/** An event with the labels of its message: `tags` and `metadata`, each as an object. As it was when no program sent it, and when it is told to others than its sender. */
export function labelled(told: PublicEvent, known: KnownLabels): PublicEvent {
  const labels = told.account === null ? known.get(told.organization)?.get(String(told.data['email_id'])) : undefined
  if (labels === undefined) return told
  const tags = fitting(labels.tags.map(({ name, value }) => [name, value]))
  return { ...told, data: { ...told.data, tags, metadata: fitting(Object.entries(labels.metadata)) } }
}

/** What programs send belongs to no account. Of what came in nobody but its sender has called it anything. */
function isAboutSent(event: Event): boolean {
  return event.account === null && event.message !== null && publicEvents(event).some(({ account, data }) => account === null && data['email_id'] !== undefined)
}

/** The first of them, whole, as far as there is room. */
function fitting(entries: readonly (readonly [name: string, value: string])[]): Readonly<Record<string, string>> {
  const kept: [string, string][] = []
  let bytes = 0
  for (const [name, value] of entries) {
    const entry: [string, string] = [textOf(name) ?? '', textOf(value) ?? '']
    bytes += Buffer.byteLength(JSON.stringify(entry))
    if (bytes > MAX_LABELS_BYTES) break
    kept.push(entry)
  }
  return Object.fromEntries(kept)
}
