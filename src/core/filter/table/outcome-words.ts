import type { Sentence } from '../rule.ts'
import type { CopyFate } from '../told.ts'

/** What became of a message, as a sentence. `several`: its recipients do not fare alike. `sent`: an account or a key of ours sends it. */
export const SUMMARY: Readonly<Record<CopyFate | 'several' | 'sent', Sentence>> = {
  accept: { en: 'The message was delivered to the inbox.', id: 'Pesan diantar ke kotak masuk.' },
  junk: { en: 'The message was delivered to Junk.', id: 'Pesan diantar ke folder Junk.' },
  hold: { en: 'The message was taken, and is held until an administrator has looked at it.', id: 'Pesan diterima, tetapi ditahan sampai administrator memeriksanya.' },
  discard: { en: 'The message was taken and thrown away: no mailbox has it, and its sender was not told.', id: 'Pesan diterima lalu dibuang: tidak ada di kotak surat mana pun, dan pengirimnya tidak diberi tahu.' },
  defer: { en: 'The message was put off: the sending server was asked to try again later.', id: 'Pesan ditunda: server pengirim diminta mencoba lagi nanti.' },
  reject: { en: 'The message was refused: the sending server tells its sender.', id: 'Pesan ditolak: server pengirim memberi tahu pengirimnya.' },
  full: { en: 'The message was put off because the mailbox is full: the sending server was asked to try again later.', id: 'Pesan ditunda karena kotak suratnya penuh: server pengirim diminta mencoba lagi nanti.' },
  gone: { en: 'The message was refused because the mailbox had just been removed.', id: 'Pesan ditolak karena kotak suratnya baru saja dihapus.' },
  sent: { en: 'The message was taken and goes to its recipients: "merpati trace" tells how far it is.', id: 'Pesan diterima dan dikirim ke penerimanya: "merpati trace" menyatakan sampai di mana.' },
  several: { en: 'The message was taken, and not all of its recipients have it in the same place.', id: 'Pesan diterima, tetapi letaknya tidak sama bagi semua penerimanya.' },
}

/** What became of one recipient's copy, after the address. */
export const COPY_WORDS: Readonly<Record<CopyFate, Sentence>> = {
  accept: { en: 'in the inbox', id: 'di kotak masuk' },
  junk: { en: 'in Junk', id: 'di folder Junk' },
  hold: { en: 'held until an administrator has looked', id: 'ditahan sampai administrator memeriksanya' },
  discard: { en: 'thrown away', id: 'dibuang' },
  full: { en: 'not delivered, the mailbox is full', id: 'tidak diantar, kotak suratnya penuh' },
  gone: { en: 'not delivered, the mailbox had just been removed', id: 'tidak diantar, kotak suratnya baru saja dihapus' },
  defer: { en: 'put off', id: 'ditunda' },
  reject: { en: 'refused', id: 'ditolak' },
}
