import type { Database } from '../../infra/db/database.ts'
import { statement } from '../../infra/db/statement.ts'
import { type Work, write } from '../../infra/db/transaction.ts'
import type { ChallengeAnswer, ChallengeKind } from './certificate.ts'

const PUT = statement<{ kind: string; subject: string; answer: string; key: string; untilMs: number }>(
  `INSERT INTO acme_challenge (kind, subject, answer, key, until_ms) VALUES ($kind, $subject, $answer, $key, $untilMs)
  ON CONFLICT (kind, subject) DO UPDATE SET answer = excluded.answer, key = excluded.key, until_ms = excluded.until_ms`,
)
const REMOVE = statement<{ kind: string; subject: string }>('DELETE FROM acme_challenge WHERE kind = $kind AND subject = $subject')
const FORGET = statement<{ nowMs: number }>('DELETE FROM acme_challenge WHERE until_ms < $nowMs')
const GET = statement<{ kind: string; subject: string }, { answer: string; key: string }>(
  'SELECT answer, key FROM acme_challenge WHERE kind = $kind AND subject = $subject',
)

/** Lets every worker of every node answer a challenge. What crashes left behind goes at the same time. */
export const putAnswer = write('certificate.answer', function* (tx, { answer, nowMs, untilMs }: { readonly answer: ChallengeAnswer; readonly nowMs: number; readonly untilMs: number }): Work<void> {
  yield* tx.run(FORGET, { nowMs })
  const [text, key] = answer.kind === 'http-01' ? [answer.text, ''] : [answer.cert, answer.key]
  yield* tx.run(PUT, { kind: answer.kind, subject: subjectOf(answer), answer: text, key, untilMs })
})

/** Ends the answer to a challenge. */
export const removeAnswer = write('certificate.answered', function* (tx, { answer }: { readonly answer: ChallengeAnswer }): Work<void> {
  yield* tx.run(REMOVE, { kind: answer.kind, subject: subjectOf(answer) })
})

/** The text for a token; null when nobody waits for it. */
export async function textFor(db: Database, token: string): Promise<string | null> {
  return (await answerFor(db, 'http-01', token))?.answer ?? null
}

/** The certificate, with its key, that shows that a name is ours; null when nobody wants to know. */
export async function alpnCertificateFor(db: Database, name: string): Promise<{ readonly cert: string; readonly key: string } | null> {
  const row = await answerFor(db, 'tls-alpn-01', name)
  return row === null ? null : { cert: row.answer, key: row.key }
}

async function answerFor(db: Database, kind: ChallengeKind, subject: string) {
  return await db.one(GET, { kind, subject })
}

/** What a validator names: the token, or with TLS-ALPN-01 the name it connects for. */
function subjectOf(answer: ChallengeAnswer): string {
  return answer.kind === 'http-01' ? answer.token : answer.name
}
