import { composeAutomatic } from '../../proto/mail/automatic-mail.ts'
import { usualBody } from '../../proto/mail/compose.ts'
import type { Address } from '../../proto/mail/address.ts'
import { type InviteLetter, invitingWords } from './invite/words.ts'

/** A language that we write to people in. */
export type Language = 'en' | 'id'

/** A mail to somebody who signs up, or has lost a password. */
export type Letter =
  | { readonly kind: 'confirm'; readonly link: string; readonly organization: string }
  /** Somebody signed up with an address that has an account: only its owner learns of it. */
  | { readonly kind: 'known'; readonly link: string }
  | { readonly kind: 'reset'; readonly link: string }
  /** An organization asks somebody to join. */
  | InviteLetter

/** The words of a mail. */
export interface Words {
  readonly subject: string
  readonly text: string
}

/** What such a mail says, in the language of its reader. */
export function wordsOf(letter: Letter, host: string, language: Language): Words {
  switch (letter.kind) {
    case 'confirm':
      return language === 'id' ? confirmId(letter, host) : confirmEn(letter, host)
    case 'known':
      return language === 'id' ? knownId(letter, host) : knownEn(letter, host)
    case 'reset':
      return language === 'id' ? resetId(letter, host) : resetEn(letter, host)
    case 'invited':
    case 'invited-known':
      return invitingWords(letter, host, language)
  }
}

/** Who writes, to whom, and when. */
export interface LetterHead {
  readonly from: { readonly name: string; readonly address: Address }
  readonly to: Address
  /** The name of this server, as people know it. */
  readonly host: string
  readonly language: Language
  /** Of the message, without brackets. */
  readonly id: string
  readonly nowMs: number
}

/** Writes the mail. */
export function writeLetter(letter: Letter, { from, to, host, language, id, nowMs }: LetterHead): Uint8Array {
  const { subject, text } = wordsOf(letter, host, language)
  const body = usualBody({ text, html: null, files: [] })
  return composeAutomatic({ from, to: [to], subject, body, kind: 'auto-generated', inReplyTo: null, more: [['Content-Language', language]], id, nowMs })
}

type Confirm = Extract<Letter, { readonly kind: 'confirm' }>
type Other = Extract<Letter, { readonly kind: 'known' | 'reset' }>

function confirmEn({ link, organization }: Confirm, host: string): Words {
  return {
    subject: `Confirm your address at ${host}`,
    text: `Somebody, most likely you, signed up at ${host} for "${organization}" with this address.\n\nOpen this page within 24 hours and press the button there:\n\n${link}\n\nIf it was not you, do nothing: nothing was made, and nothing will be.\n`,
  }
}

function confirmId({ link, organization }: Confirm, host: string): Words {
  return {
    subject: `Konfirmasikan alamat Anda di ${host}`,
    text: `Seseorang, kemungkinan besar Anda, mendaftarkan "${organization}" di ${host} dengan alamat ini.\n\nBuka halaman ini dalam 24 jam, lalu tekan tombol di sana:\n\n${link}\n\nJika bukan Anda, abaikan surat ini: tidak ada yang dibuat.\n`,
  }
}

function knownEn({ link }: Other, host: string): Words {
  return {
    subject: `You have an account at ${host}`,
    text: `Somebody, perhaps you, signed up at ${host} with this address. It has an account already, so nothing was made.\n\nIf you have forgotten its password, ask for a new one:\n\n${link}\n\nIf it was not you, do nothing.\n`,
  }
}

function knownId({ link }: Other, host: string): Words {
  return {
    subject: `Anda sudah punya akun di ${host}`,
    text: `Seseorang, mungkin Anda, mendaftar di ${host} dengan alamat ini. Alamat ini sudah punya akun, jadi tidak ada yang dibuat.\n\nJika Anda lupa kata sandinya, mintalah yang baru:\n\n${link}\n\nJika bukan Anda, abaikan surat ini.\n`,
  }
}

function resetEn({ link }: Other, host: string): Words {
  return {
    subject: `A new password at ${host}`,
    text: `Somebody, most likely you, asked for a new password of your account at ${host}.\n\nOpen this page within an hour and choose one:\n\n${link}\n\nIf it was not you, do nothing: your password stays as it is.\n`,
  }
}

function resetId({ link }: Other, host: string): Words {
  return {
    subject: `Kata sandi baru di ${host}`,
    text: `Seseorang, kemungkinan besar Anda, meminta kata sandi baru untuk akun Anda di ${host}.\n\nBuka halaman ini dalam satu jam, lalu pilih kata sandi:\n\n${link}\n\nJika bukan Anda, abaikan surat ini: kata sandi Anda tetap.\n`,
  }
}
