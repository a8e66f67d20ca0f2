import type { Fault } from '../../base/fault.ts'
import { fail, ok, type Result } from '../../base/result.ts'
import { Unavailable } from '../../base/unavailable.ts'
import { scanHeader } from '../../proto/mail/header-scan.ts'
import { indexMessage } from '../../proto/mail/mime-index.ts'
import type { InspectionTold } from '../filter/told.ts'
import { type ReadMessage, readWhole } from '../inbound/inspect/inspected.ts'
import type { WrittenMessage } from '../inbound/inspect/outgoing-check.ts'
import { submissionRules } from '../inbound/mend.ts'
import type { NewDelivery } from '../queue/delivery.ts'
import { contentOfDraft } from './content.ts'
import type { Draft } from './draft.ts'
import type { Envelope, PrepareOptions, Sender } from './prepare.ts'

/** What the checks of a message came to that may be sent. */
export interface Checked {
  /** Why it is held until an operator has looked; null for what goes. */
  readonly heldFor: string | null
  /** Null where nobody checks. */
  readonly told: InspectionTold | null
}

/** Where programs' mail comes from, for scanners that ask: they are here. */
const HERE = { address: '127.0.0.1', port: 0 } as const

/** Reads the bytes that a program sends. A scanner may refuse it. Throws `Unavailable` while one that must see it is silent. */
export async function checkedBytes({ check, house }: Pick<PrepareOptions, 'check' | 'house'>, { key }: Sender, envelope: Envelope, author: string, bytes: Uint8Array): Promise<Result<Checked, readonly Fault[]>> {
  if (check === null) return UNCHECKED
  const header = scanHeader(bytes, submissionRules(house.hostname))
  return await checkedMessage({ check, house }, key, envelope, author, readWhole({ id: envelope.id, header, index: indexMessage(bytes, header) }, bytes))
}

/** Reads a draft, as its author wrote it: links that lead through us tell nothing. `compose` makes its bytes, for those who ask for them. */
export async function checkedDraft(options: Pick<PrepareOptions, 'check' | 'house'>, sender: Sender, envelope: Envelope, { draft, messageId, nowMs, compose }: WrittenDraft): Promise<Result<Checked, readonly Fault[]>> {
  const { check, house } = options
  if (check === null) return UNCHECKED
  const author = draft.from.address.text
  const content = contentOfDraft(draft, { messageId, nowMs })
  if (content === null) return await checkedBytes(options, sender, envelope, author, compose())
  return await checkedMessage({ check, house }, sender.key, envelope, author, { id: envelope.id, content, open: () => once(compose) })
}

/** A draft, and how it becomes a message. */
export interface WrittenDraft {
  readonly draft: Draft
  readonly messageId: string
  readonly nowMs: number
  readonly compose: () => Uint8Array
}

const UNCHECKED = ok({ heldFor: null, told: null })

async function* once(compose: () => Uint8Array): AsyncGenerator<Uint8Array> {
  yield compose()
}

interface Checks {
  readonly check: NonNullable<PrepareOptions['check']>
  readonly house: PrepareOptions['house']
}

async function checkedMessage({ check, house }: Checks, key: string, envelope: Envelope, author: string, message: ReadMessage | WrittenMessage): Promise<Result<Checked, readonly Fault[]>> {
  const verdict = await check(message, { client: HERE, helo: house.hostname, from: author, recipients: envelope.recipients, login: key, smtpUtf8: envelope.smtpUtf8 })
  switch (verdict.kind) {
    case 'refuse':
      if (verdict.reply.code < 500) throw new Unavailable('scanner')
      return fail([{ field: '', code: verdict.isMalware ? 'malware' : 'refused', message: verdict.reply.text }])
    case 'hold':
      return ok({ heldFor: verdict.why, told: verdict.told })
    case 'send':
      return ok({ heldFor: null, told: verdict.told })
  }
}

/** A delivery of a message that was read. What a test key sends never leaves, and need not be held. */
export function heldBy({ heldFor }: Checked, { mode }: Sender, delivery: NewDelivery): NewDelivery {
  return heldFor === null || mode === 'test' ? delivery : { ...delivery, heldFor }
}
