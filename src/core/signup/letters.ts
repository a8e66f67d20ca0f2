import { makeId } from '../../base/ids.ts'
import { type Address, parseAddress } from '../../proto/mail/address.ts'
import { loginOf } from '../access/identity.ts'
import { sendOwnMail } from '../inbound/own-mail.ts'
import { type Language, type Letter, writeLetter } from './mail.ts'
import type { SignupOptions } from './service.ts'

/** Somebody who is written to. */
export interface Addressee {
  /** The folded address: what the account logs in with. */
  readonly login: string
  readonly address: Address
}

/** Reads an address that somebody typed; null when it is none that can be written to. */
export function addresseeOf(text: string): Addressee | null {
  const parsed = parseAddress(text.trim())
  const login = parsed.ok ? loginOf(parsed.value) : null
  return !parsed.ok || login === null ? null : { login, address: parsed.value }
}

/** What letters are written with. */
export type Writing = Pick<SignupOptions, 'clock' | 'host' | 'log' | 'receive' | 'sender' | 'written'>

/** Writes to somebody, in a language. Says so in the log when nobody can be written to. */
export async function writeTo({ clock, host, log, receive, sender: find, written }: Writing, { address }: Addressee, language: Language, letter: Letter): Promise<void> {
  const sender = await find()
  if (sender === null) return log.warn('signup.no_sender', {})
  const nowMs = clock.nowMs()
  const id = `${makeId('n', nowMs)}@${receive.house.hostname}`
  const mail = writeLetter(letter, { from: sender, to: address, host, language, id, nowMs })
  const taken = await sendOwnMail({ receive, organization: sender.organization, log }, [address], mail)
  if (taken) written(letter.kind)
  log.info('signup.written', { kind: letter.kind, taken })
}
