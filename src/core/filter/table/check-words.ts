import type { ArcResult } from '../../../proto/arc/check.ts'
import type { DkimResult } from '../../../proto/dkim/finding.ts'
import type { DmarcOutcome } from '../../../proto/dmarc/outcome.ts'
import type { SpfResult } from '../../../proto/spf/result.ts'
import type { GreyDecision } from '../greylist/decide.ts'
import type { Because } from '../judge.ts'
import type { HeloForm } from '../network/helo.ts'
import type { Reverse } from '../network/reverse.ts'
import type { SenderDomain } from '../network/sender.ts'
import type { Sentence } from '../rule.ts'

type Words<Word extends string> = Readonly<Record<Word, Sentence>>

const words = (en: string, id: string): Sentence => ({ en, id })

const IPREV: Words<Reverse['kind']> = {
  verified: words('The IP address of the sending server has a name in DNS that leads back to it.', 'Alamat IP server pengirim punya nama di DNS yang mengarah kembali kepadanya.'),
  none: words('The IP address of the sending server has no name in DNS.', 'Alamat IP server pengirim tidak punya nama di DNS.'),
  mismatch: words('The name that the IP address of the sending server has in DNS leads elsewhere.', 'Nama yang dimiliki alamat IP server pengirim di DNS mengarah ke tempat lain.'),
  unknown: words('DNS did not say which name the IP address of the sending server has.', 'DNS tidak menjawab tentang nama alamat IP server pengirim.'),
}

const HELO: Words<HeloForm['kind']> = {
  name: words('The sending server called itself by a host name (EHLO); the word beside it says where that name leads.', 'Server pengirim menyebut dirinya dengan nama host (EHLO); kata di sebelahnya menyatakan ke mana nama itu mengarah.'),
  ours: words('The sending server called itself by our own name (EHLO).', 'Server pengirim menyebut dirinya dengan nama kita sendiri (EHLO).'),
  literal: words('The sending server called itself by an IP address in brackets (EHLO).', 'Server pengirim menyebut dirinya dengan alamat IP dalam kurung siku (EHLO).'),
  'bare-address': words('The sending server called itself by an IP address without brackets (EHLO).', 'Server pengirim menyebut dirinya dengan alamat IP tanpa kurung siku (EHLO).'),
  'no-dot': words('The sending server called itself by a name without a domain (EHLO).', 'Server pengirim menyebut dirinya dengan nama tanpa domain (EHLO).'),
  broken: words('The sending server called itself by something that is no name (EHLO).', 'Server pengirim menyebut dirinya dengan sesuatu yang bukan nama (EHLO).'),
}

const SPF: Words<SpfResult['verdict']> = {
  pass: words('The domain of the sender allows this server.', 'Domain pengirim mengizinkan server ini.'),
  fail: words('The domain of the sender does not allow this server.', 'Domain pengirim tidak mengizinkan server ini.'),
  softfail: words('The domain of the sender does not expect mail from this server.', 'Domain pengirim tidak mengharapkan surat dari server ini.'),
  neutral: words('The domain of the sender says nothing about this server.', 'Domain pengirim tidak mengatakan apa pun tentang server ini.'),
  none: words('The domain of the sender has no SPF record.', 'Domain pengirim tidak punya catatan SPF.'),
  temperror: words('DNS did not answer for the SPF record.', 'DNS tidak menjawab untuk catatan SPF.'),
  permerror: words('The SPF record is broken.', 'Catatan SPF rusak.'),
}

const DKIM: Words<DkimResult | 'none'> = {
  none: words('The message is not signed.', 'Pesan tidak ditandatangani.'),
  pass: words('A signature is good.', 'Tanda tangan sah.'),
  fail: words('A signature does not fit the message.', 'Tanda tangan tidak cocok dengan pesan.'),
  neutral: words('A signature cannot be read.', 'Tanda tangan tidak dapat dibaca.'),
  permerror: words('A signature has no usable key.', 'Tanda tangan tidak punya kunci yang dapat dipakai.'),
  temperror: words('DNS did not answer for the key of a signature.', 'DNS tidak menjawab untuk kunci tanda tangan.'),
  policy: words('A signature is good, but not good enough for us.', 'Tanda tangan sah, tetapi tidak cukup bagi kita.'),
}

const ARC: Words<ArcResult['result']> = {
  none: words('No forwarder has sealed the message.', 'Tidak ada penerus yang menyegel pesan.'),
  pass: words('The seals of forwarders are whole.', 'Segel para penerus utuh.'),
  fail: words('The seals of forwarders are broken.', 'Segel para penerus rusak.'),
}

const DMARC: Words<DmarcOutcome['result']> = {
  pass: words('The domain of the author vouches for the message.', 'Domain penulis menjamin pesan ini.'),
  fail: words('Neither SPF nor DKIM is of the domain of the author.', 'SPF maupun DKIM bukan dari domain penulis.'),
  none: words('The domain of the author has no policy.', 'Domain penulis tidak punya kebijakan.'),
  temperror: words('DNS did not answer for the policy.', 'DNS tidak menjawab untuk kebijakan.'),
  permerror: words('The author, or the policy of the domain, cannot be read.', 'Penulis, atau kebijakan domainnya, tidak dapat dibaca.'),
}

const BIMI: Words<'pass' | 'none' | 'declined' | 'fail' | 'temperror' | 'skipped'> = {
  pass: words('The domain of the author has a logo (BIMI).', 'Domain penulis punya logo (BIMI).'),
  none: words('The domain of the author has no logo.', 'Domain penulis tidak punya logo.'),
  declined: words('The domain of the author wants no logo to be shown.', 'Domain penulis tidak ingin logonya ditampilkan.'),
  fail: words('The record of the logo cannot be read.', 'Catatan logonya tidak dapat dibaca.'),
  temperror: words('DNS did not answer for the logo.', 'DNS tidak menjawab tentang logo.'),
  skipped: words('Nobody asked for a logo: the domain of the author does not protect its mail, or the message did not pass DMARC.', 'Logo tidak ditanyakan: domain penulis tidak melindungi suratnya, atau pesan tidak lulus DMARC.'),
}

const SENDER: Words<Exclude<SenderDomain['kind'], 'reachable' | 'unknown'>> = {
  missing: words('The domain of the sender does not exist, or takes no mail.', 'Domain pengirim tidak ada, atau tidak menerima surat.'),
  'null-mx': words('The domain of the sender says that it takes no mail.', 'Domain pengirim menyatakan tidak menerima surat.'),
}

const GREYLIST: Words<Extract<GreyDecision, { kind: 'wait' }>['why']> = {
  new: words('A sender that is not known here was asked to come back.', 'Pengirim yang belum dikenal diminta datang kembali.'),
  early: words('The sender came back too early.', 'Pengirim datang kembali terlalu cepat.'),
}

const SCANNERS: Words<'none' | 'malware' | 'unavailable' | 'refused' | 'clean' | 'found'> = {
  none: words('There is no scanner.', 'Tidak ada pemindai.'),
  malware: words('A scanner knows it as malware.', 'Pemindai mengenalnya sebagai malware.'),
  unavailable: words('A scanner did not answer.', 'Pemindai tidak menjawab.'),
  refused: words('A filter outside refuses it.', 'Penyaring luar menolaknya.'),
  clean: words('The scanners found nothing.', 'Pemindai tidak menemukan apa-apa.'),
  found: words('A scanner has something to say of it.', 'Pemindai punya catatan tentangnya.'),
}

/** What each word of each check means: for whoever asks what became of a message. */
export const CHECK_WORDS = {
  iprev: IPREV, helo: HELO, spf: SPF, dkim: DKIM, arc: ARC, dmarc: DMARC, bimi: BIMI, sender: SENDER, greylist: GREYLIST, scanners: SCANNERS,
  'dns-lists': {
    'not-asked': words('No DNS list was asked.', 'Tidak ada daftar DNS yang ditanya.'),
    listed: words('A DNS list has the sending server, the sender or a link.', 'Daftar DNS memuat server pengirim, pengirim, atau tautan.'),
    clear: words('No DNS list has it.', 'Tidak ada daftar DNS yang memuatnya.'),
  },
  content: {
    clear: words('Nothing in the message stands out.', 'Tidak ada yang mencolok dalam pesan.'),
    found: words('Something in the message stands out.', 'Ada yang mencolok dalam pesan.'),
  },
  bayes: {
    'not-trained': words('Too little has been learned to judge the text.', 'Belum cukup dipelajari untuk menilai teksnya.'),
    asked: words('The text was compared with what was learned.', 'Teks dibandingkan dengan yang telah dipelajari.'),
  },
  lists: {
    none: words('No entry of an allow or deny list decides.', 'Tidak ada entri daftar izin atau tolak yang memutuskan.'),
    allow: words('An entry of an allow list names the sender.', 'Entri daftar izin menyebut pengirim.'),
    deny: words('An entry of a deny list names the sender, or a domain that it links to.', 'Entri daftar tolak menyebut pengirim, atau domain yang ditautkannya.'),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Sentence>>>>

/** What decided, as a sentence. */
export const DECIDED_BY: Words<Because | 'brand' | 'nothing' | 'sender' | 'dns-lists' | 'greylist' | 'helo'> = {
  malware: words('A scanner decided.', 'Pemindai yang memutuskan.'),
  attachment: words('An attachment decided.', 'Lampiran yang memutuskan.'),
  dmarc: words('Whether it comes from its author decided (DMARC).', 'Benar tidaknya penulis yang memutuskan (DMARC).'),
  list: words('An entry of the allow or deny list decided.', 'Entri daftar izin atau tolak yang memutuskan.'),
  scanner: words('A scanner or a filter outside decided.', 'Pemindai atau penyaring luar yang memutuskan.'),
  brand: words('That it is written under the name of a company or an office decided.', 'Yang memutuskan: pesan ditulis atas nama perusahaan atau instansi.'),
  score: words('The score decided.', 'Skor yang memutuskan.'),
  nothing: words('It was not checked: it came over LMTP, or this server wrote it.', 'Pesan tidak diperiksa: datang lewat LMTP, atau ditulis oleh server ini.'),
  sender: words('The domain of the sender decided.', 'Domain pengirim yang memutuskan.'),
  'dns-lists': words('Public lists of spam sources (DNS lists) decided.', 'Daftar umum sumber spam (daftar DNS) yang memutuskan.'),
  greylist: words('The greylist decided: a server that is not known here has to come back once.', 'Greylist (daftar kelabu) yang memutuskan: server yang belum dikenal harus datang sekali lagi.'),
  helo: words('The name that the sending server gave decided.', 'Nama yang disebutkan server pengirim yang memutuskan.'),
}
