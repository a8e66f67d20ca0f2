import type { z } from '@hono/zod-openapi'
import { isoTime } from '../../../base/iso-time.ts'
import { MAX_NAME } from './limits.ts'
import type { streamShape } from './shape.ts'
import type { Stream } from './stream.ts'

/** Why a text is no name that a stream may have, for the command line and the API alike. */
export function badStreamName(text: string): string {
  return `${text.slice(0, 100)} is no stream that goes to many: write broadcast, or broadcast. and at most ${MAX_NAME} small letters, digits and hyphens, such as broadcast.weekly`
}

/** A stream as the API and the command line show it. */
export function shownStream({ name, title, description, tracking, createdMs }: Stream): z.infer<typeof streamShape> {
  return { object: 'stream', id: name, title, description, tracking, created_at: isoTime(createdMs) }
}
