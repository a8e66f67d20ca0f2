import type { AttemptStory } from '../queue/sql-settle.ts'
import type { Try } from './attempt.ts'

/** Characters of transcripts kept with one attempt. */
const MAX_TRANSCRIPT_CHARS = 16_000

const MARK = { us: '>', them: '<', note: '#' } as const

/** What an attempt leaves in the trace: each server tried, TLS, how long, and what was said. */
export function storyOf(tries: readonly Try[]): AttemptStory {
  let room = MAX_TRANSCRIPT_CHARS
  return {
    tries: tries.map(({ host, address, tls, policy, startedMs, endedMs, transcript }) => {
      const lines = transcript.map(({ who, text }) => `${MARK[who]} ${text}`).filter((line) => (room -= line.length) > 0)
      return { host, address, tls, policy, startedMs, tookMs: endedMs - startedMs, transcript: lines }
    }),
  }
}
