import type { Language, Words } from '../mail.ts'

/** A mail to somebody whom an organization asks to join. */
export type InviteLetter =
  | { readonly kind: 'invited'; readonly link: string; readonly organization: string }
  /** The address has an account elsewhere here: only its owner learns of it. */
  | { readonly kind: 'invited-known'; readonly organization: string }

/** What such a mail says, in the language of its reader. */
export function invitingWords(letter: InviteLetter, host: string, language: Language): Words {
  const { organization } = letter
  const [subject, begin] = {
    en: [`You are invited at ${host}`, `"${organization}" invites you to work with it at ${host}, under this address.`],
    id: [`Anda diundang di ${host}`, `"${organization}" mengundang Anda bekerja bersama di ${host}, dengan alamat ini.`],
  }[language] as [string, string]
  const rest = letter.kind === 'invited' ? FOLLOW[language](letter.link) : ELSEWHERE[language]
  return { subject, text: `${begin}\n\n${rest}\n` }
}

const FOLLOW: Readonly<Record<Language, (link: string) => string>> = {
  en: (link) => `Open this page within a week and choose a password:\n\n${link}\n\nIf you do not want to, or know nothing of it, do nothing: nothing was made, and nothing will be.`,
  id: (link) => `Buka halaman ini dalam seminggu, lalu pilih kata sandi:\n\n${link}\n\nJika Anda tidak mau, atau tidak tahu soal ini, abaikan surat ini: tidak ada yang dibuat.`,
}

const ELSEWHERE: Readonly<Record<Language, string>> = {
  en: 'This address has an account of another organization already, and an account belongs to one. To join, ask to be invited under another address of yours.',
  id: 'Alamat ini sudah punya akun di organisasi lain, dan satu akun hanya milik satu organisasi. Untuk bergabung, mintalah diundang dengan alamat Anda yang lain.',
}
