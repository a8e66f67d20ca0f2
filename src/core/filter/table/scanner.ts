import type { FilterRules } from '../rule.ts'

/** What scanners outside find. Malware is refused whatever its score; the scores of rspamd are those of a second opinion, not of a judge. */
export const scannerRules: FilterRules = {
  CLAMAV_FOUND: {
    score: 15,
    about: { en: 'A virus scanner knows this as malware.', id: 'Pemindai virus mengenali ini sebagai malware.' },
    mend: { en: 'Clean the computer that sent it, and send the message again without the attachment.', id: 'Bersihkan komputer pengirim, lalu kirim ulang pesan tanpa lampirannya.' },
  },
  CLAMAV_HEURISTIC: {
    score: 4,
    about: { en: 'A virus scanner guesses that something in it deceives.', id: 'Pemindai virus menduga ada yang menipu di dalamnya.' },
    mend: { en: 'Let links show the address they lead to, and send archives without a password.', id: 'Tampilkan alamat tujuan tautan apa adanya, dan kirim arsip tanpa kata sandi.' },
  },
  CLAMAV_PUA: {
    score: 3,
    about: { en: 'It carries a program that a virus scanner calls unwanted.', id: 'Di dalamnya ada program yang disebut tidak diinginkan oleh pemindai virus.' },
    mend: { en: 'Send a link to the program instead of the program.', id: 'Kirim tautan ke program itu, bukan programnya.' },
  },
  CLAMAV_TOO_LARGE: { score: 0.5, about: { en: 'It is larger than the virus scanner takes, and was not scanned.', id: 'Ukurannya melebihi batas pemindai virus, jadi tidak dipindai.' }, mend: null },
  CLAMAV_FAILED: { score: 1, about: { en: 'The virus scanner could not scan it.', id: 'Pemindai virus tidak dapat memindainya.' }, mend: null },
  CLAMAV_DOWN: { score: 0, about: { en: 'The virus scanner did not answer: this was not scanned.', id: 'Pemindai virus tidak menjawab: pesan ini tidak dipindai.' }, mend: null },
  RSPAMD_GREYLIST: { score: 1, about: { en: 'Rspamd finds it a little suspicious.', id: 'Rspamd menganggapnya agak mencurigakan.' }, mend: null },
  RSPAMD_SOFT_REJECT: { score: 2, about: { en: 'Rspamd would put it off.', id: 'Rspamd akan menundanya.' }, mend: null },
  RSPAMD_ADD_HEADER: { score: 4, about: { en: 'Rspamd takes it for spam.', id: 'Rspamd menganggapnya spam.' }, mend: null },
  RSPAMD_REWRITE_SUBJECT: { score: 4, about: { en: 'Rspamd takes it for spam.', id: 'Rspamd menganggapnya spam.' }, mend: null },
  RSPAMD_REJECT: { score: 8, about: { en: 'Rspamd would refuse it.', id: 'Rspamd akan menolaknya.' }, mend: null },
  RSPAMD_OTHER: { score: 0, about: { en: 'Rspamd has an action of its own for it.', id: 'Rspamd punya tindakan khusus untuknya.' }, mend: null },
  RSPAMD_DOWN: { score: 0, about: { en: 'Rspamd did not answer.', id: 'Rspamd tidak menjawab.' }, mend: null },
  MILTER_REJECT: { score: 15, about: { en: 'A filter of this server refuses it.', id: 'Sebuah filter di server ini menolaknya.' }, mend: null },
  MILTER_RCPT_REFUSED: { score: 0, about: { en: 'A filter of this server refuses it for some of its recipients.', id: 'Sebuah filter di server ini menolaknya untuk sebagian penerima.' }, mend: null },
  MILTER_TEMPFAIL: { score: 0, about: { en: 'A filter of this server asks for another try.', id: 'Sebuah filter di server ini meminta dicoba lagi nanti.' }, mend: null },
  MILTER_DISCARD: { score: 8, about: { en: 'A filter of this server would throw it away.', id: 'Sebuah filter di server ini akan membuangnya.' }, mend: null },
  MILTER_QUARANTINE: { score: 8, about: { en: 'A filter of this server wants it looked at first.', id: 'Sebuah filter di server ini ingin pesan ini diperiksa dulu.' }, mend: null },
  MILTER_DOWN: { score: 0, about: { en: 'A filter of this server did not answer.', id: 'Sebuah filter di server ini tidak menjawab.' }, mend: null },
}
