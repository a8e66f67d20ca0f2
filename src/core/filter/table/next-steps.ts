import type { Sentence } from '../rule.ts'

/**
 * What whoever receives can do, beside what the sender would have to mend. In braces: `deny` and `allow`, who is meant, as the command wants it; `net`, the client;
 * `for`, the option that names the domain; `entry`, the entry that decided; `message`, the reference.
 */
export const NEXT_STEPS = {
  waits: { en: 'Nothing has to be done: a real mail server comes back by itself within minutes, and is let in then.', id: 'Tidak perlu tindakan: server surat yang benar akan datang lagi sendiri dalam beberapa menit, lalu diterima.' },
  'make-room': { en: 'Make room: let the owner remove mail, or raise the quota: merpati account quota {recipient} 5000 (MiB)', id: 'Sediakan ruang: minta pemiliknya menghapus surat, atau naikkan kuota: merpati account quota {recipient} 5000 (MiB)' },
  'waits-scanner': {
    en: 'Nothing has to be done for the message: its server comes back by itself. Find out why the scanner does not answer: scanner.down in the log.',
    id: 'Tidak perlu tindakan untuk pesan ini: servernya akan datang lagi sendiri. Cari tahu mengapa pemindai tidak menjawab: scanner.down di log.',
  },
  'unwanted-here': { en: 'If it was not wanted: move it to Junk, which teaches the filter, or keep its sender out: merpati filter deny add {deny} {for}', id: 'Jika tidak diinginkan: pindahkan ke Junk agar filter belajar, atau tolak pengirimnya: merpati filter deny add {deny} {for}' },
  'unwanted-move': { en: 'If it was not wanted: move it to Junk, which teaches the filter.', id: 'Jika tidak diinginkan: pindahkan ke Junk agar filter belajar.' },
  'wanted-junk': { en: 'If it was wanted: move it out of Junk, which teaches the filter, or always let its sender in: merpati filter allow add {allow} {for}', id: 'Jika diinginkan: pindahkan keluar dari Junk agar filter belajar, atau selalu terima pengirimnya: merpati filter allow add {allow} {for}' },
  wanted: { en: 'If mail from there is wanted although this speaks against it: merpati filter allow add {allow} {for}', id: 'Jika surat dari sana tetap diinginkan: merpati filter allow add {allow} {for}' },
  'wanted-net': { en: 'If mail from there is wanted although this speaks against it: merpati filter allow add net {net} {for}', id: 'Jika surat dari sana tetap diinginkan: merpati filter allow add net {net} {for}' },
  forwarded: { en: 'If this server forwards mail for the recipient (a mailing list, an old address), say so: merpati filter forwarder add net {net} {for}', id: 'Jika server ini meneruskan surat untuk penerima (milis, alamat lama), nyatakan: merpati filter forwarder add net {net} {for}' },
  'own-server': {
    en: 'If {net} sends for your domain (a printer, a web site, a newsletter service): let it log in, put it into the SPF record of the domain, or name it under trusted in the table [filter] of merpati.toml.',
    id: 'Jika {net} mengirim untuk domain Anda (printer, situs web, layanan buletin): biarkan ia login, masukkan ke catatan SPF domain, atau sebutkan di trusted pada tabel [filter] di merpati.toml.',
  },
  'undo-deny': { en: 'If mail from there is wanted again: merpati filter deny remove {entry}', id: 'Jika surat dari sana diinginkan lagi: merpati filter deny remove {entry}' },
  'undo-allow': { en: 'If mail from there is not to be let in whatever it is: merpati filter allow remove {entry}', id: 'Jika surat dari sana tidak lagi harus selalu diterima: merpati filter allow remove {entry}' },
  attachment: { en: 'If such files are needed here: the table [filter.attachments] of merpati.toml says which are refused.', id: 'Jika berkas seperti ini diperlukan: tabel [filter.attachments] di merpati.toml mengatur mana yang ditolak.' },
  malware: { en: 'Nothing lets malware in. If the scanner is mistaken, have the file sent as a link and report it to the makers of the scanner.', id: 'Malware tidak dapat diizinkan. Jika pemindai keliru, minta berkasnya dikirim sebagai tautan dan laporkan ke pembuat pemindai.' },
  outside: { en: 'The filter outside (a milter or a scanner) decided by its own settings: its log says more.', id: 'Filter luar (milter atau pemindai) memutuskan menurut pengaturannya sendiri: log-nya menjelaskan lebih lanjut.' },
  release: { en: 'To let it go: merpati queue release --message {message}; to give it up: merpati queue cancel --message {message}', id: 'Untuk melepasnya: merpati queue release --message {message}; untuk membatalkannya: merpati queue cancel --message {message}' },
} as const satisfies Readonly<Record<string, Sentence>>
