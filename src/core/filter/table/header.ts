import type { FilterRules } from '../rule.ts'

/** What the header tells. */
export const headerRules: FilterRules = {
  DATE_FUTURE: {
    score: 1.5,
    about: { en: 'Its date is more than a day ahead of now.', id: 'Tanggalnya lebih dari sehari di masa depan.' },
    mend: { en: 'Set the clock and the time zone of the sending computer.', id: 'Setel jam dan zona waktu di komputer pengirim.' },
  },
  DATE_PAST: {
    score: 1,
    about: { en: 'Its date is more than three days ago.', id: 'Tanggalnya sudah lewat lebih dari tiga hari.' },
    mend: { en: 'Give a message the date of the day it is sent.', id: 'Beri pesan tanggal saat pesan itu dikirim.' },
  },
  DATE_MISSING: {
    score: 1,
    about: { en: 'It has no date that can be read.', id: 'Tidak ada tanggal yang bisa dibaca.' },
    mend: { en: 'Write a Date field as RFC 5322 §3.3 has it.', id: 'Tulis kolom Date sesuai RFC 5322 §3.3.' },
  },
  MSGID_MISSING: {
    score: 1,
    about: { en: 'It has no Message-ID.', id: 'Tidak ada Message-ID.' },
    mend: { en: 'Give every message a Message-ID of its own.', id: 'Beri setiap pesan Message-ID sendiri.' },
  },
  MSGID_BARE: {
    score: 0.7,
    about: { en: 'Its Message-ID has no brackets, or no @.', id: 'Message-ID-nya tidak memakai kurung sudut atau tidak punya @.' },
    mend: { en: 'Write the Message-ID as <something@your.domain>.', id: 'Tulis Message-ID sebagai <sesuatu@domain.anda>.' },
  },
  TO_MISSING: {
    score: 0.8,
    about: { en: 'It names no recipient.', id: 'Tidak ada penerima yang disebutkan.' },
    mend: { en: 'Write the recipient into To, a message for each.', id: 'Tulis alamat penerima di kolom To, satu pesan untuk tiap penerima.' },
  },
  SUBJECT_CAPS: {
    score: 0.6,
    about: { en: 'Its subject is all in capitals.', id: 'Subjeknya ditulis dengan huruf besar semua.' },
    mend: { en: 'Write the subject like a sentence.', id: 'Tulis subjek seperti kalimat biasa.' },
  },
  SUBJECT_INVISIBLE: {
    score: 1.5,
    about: { en: 'Words of its subject have invisible characters inside.', id: 'Ada karakter tak terlihat di tengah kata pada subjeknya.' },
    mend: { en: 'Take the invisible characters out of the subject.', id: 'Hapus karakter tak terlihat dari subjek.' },
  },
  SUBJECT_TAIL: {
    score: 1.5,
    about: { en: 'Its subject goes on with a word behind a wide gap, which makes each copy different.', id: 'Di akhir subjeknya ada kata yang dipisahkan jarak lebar, sehingga tiap salinan berbeda.' },
    mend: { en: 'Give all copies the same subject, without a gap.', id: 'Gunakan subjek yang sama untuk semua salinan, tanpa jarak lebar.' },
  },
  SUBJECT_ENCODED: {
    score: 0.5,
    about: { en: 'Its subject is encoded although it has only plain letters.', id: 'Subjeknya dikodekan padahal hanya berisi huruf biasa.' },
    mend: { en: 'Encode a subject only when it has other characters than ASCII.', id: 'Kodekan subjek hanya jika ada karakter di luar ASCII.' },
  },
  SUBJECT_MIXED_SCRIPT: {
    score: 2,
    about: { en: 'Words of its subject or of its sender’s name mix look-alike letters of several scripts.', id: 'Ada kata di subjek atau nama pengirim yang mencampur huruf mirip dari beberapa aksara.' },
    mend: { en: 'Write each word in one script.', id: 'Tulis tiap kata dengan satu aksara saja.' },
  },
  FROM_MISSING: {
    score: 2.5,
    about: { en: 'It names no author.', id: 'Tidak ada pengirim yang disebutkan.' },
    mend: { en: 'Write one address into From.', id: 'Tulis satu alamat di kolom From.' },
  },
  FROM_SEVERAL: {
    score: 2,
    about: { en: 'It names more than one author.', id: 'Pengirim yang disebutkan lebih dari satu.' },
    mend: { en: 'Write one address into From.', id: 'Tulis satu alamat saja di kolom From.' },
  },
  FROM_NAME_ADDRESS: {
    score: 2.5,
    about: { en: 'The sender’s name shows another address than the one it comes from.', id: 'Nama pengirim menampilkan alamat lain, bukan alamat asalnya.' },
    mend: { en: 'Leave addresses out of the display name.', id: 'Jangan tulis alamat di nama tampilan.' },
  },
  REPLY_TO_FREEMAIL: {
    score: 1.5,
    about: { en: 'Answers go to a free mailbox elsewhere.', id: 'Balasannya dikirim ke kotak surat gratis di tempat lain.' },
    mend: { en: 'Let answers come to an address in the sender’s own domain.', id: 'Gunakan alamat balasan di domain pengirim sendiri.' },
  },
  HEADER_EIGHT_BIT: {
    score: 1,
    about: { en: 'Its header has characters that were not announced.', id: 'Header-nya berisi karakter yang tidak diumumkan lebih dulu.' },
    mend: { en: 'Encode names and subject (RFC 2047), or send with SMTPUTF8.', id: 'Kodekan nama dan subjek (RFC 2047), atau kirim dengan SMTPUTF8.' },
  },
  MIME_VERSION_MISSING: {
    score: 0.5,
    about: { en: 'It has HTML or files and does not say that it is MIME.', id: 'Isinya HTML atau berkas, tetapi tidak menyatakan diri sebagai MIME.' },
    mend: { en: 'Write MIME-Version: 1.0 into the header.', id: 'Tulis MIME-Version: 1.0 di header.' },
  },
  HEADER_DUPLICATE: {
    score: 1,
    about: { en: 'A field that may stand once in a header is there twice.', id: 'Kolom yang hanya boleh ada sekali di header muncul dua kali.' },
    mend: { en: 'Write each of these fields once.', id: 'Tulis tiap kolom itu satu kali saja.' },
  },
  BULK_WELL_SENT: {
    score: -0.3,
    about: { en: 'It is a mailing with a proven sender and a way to unsubscribe.', id: 'Ini kiriman massal dengan pengirim yang terbukti dan cara berhenti berlangganan.' },
    mend: null,
  },
}
