/** What programs' mail says it is: the answer to something somebody did, or what goes to many, which an organization may tell apart by names of its own. */
export type StreamName = 'transactional' | 'broadcast' | `broadcast.${string}`

/** How streams that programs send in are written: those of an organization's own are `broadcast.` and at most `MAX_NAME` small letters, digits and hyphens. */
export const STREAM_NAME = /^(?:transactional|broadcast(?:\.[a-z0-9](?:[a-z0-9-]{0,28}[a-z0-9])?)?)$/

/** Reads the name of a stream that programs send in; null for anything else. Whether an organization has it is another question. */
export function readStream(text: string): StreamName | null {
  return STREAM_NAME.test(text) ? (text as StreamName) : null
}

/** Whether a stream is one that its organization must have made before mail goes in it. */
export function isOwnStream(stream: string): boolean {
  return stream.startsWith('broadcast.')
}

/** What whoever names such a stream is told when it is not there. */
export function unknownStream(stream: string): string {
  return `there is no stream ${stream}: "merpati stream set ${stream}" or PUT /v1/streams/${stream} makes it`
}

/** Whether mail of a stream goes to many, under whichever name. */
export function isBroadcast(stream: string): boolean {
  return stream === 'broadcast' || isOwnStream(stream)
}

/** Whether bounds to these streams, null for none, leave room for a stream: `broadcast` holds all that go to many. */
export function coversStream(streams: readonly string[] | null, stream: string): boolean {
  return streams === null || streams.includes(stream) || (isBroadcast(stream) && streams.includes('broadcast'))
}
