import { DAY_MS } from '../../base/duration.ts'
import { CATEGORIES, type Category } from '../pool/category.ts'
import type { Texts } from '../pool/text.ts'

/** When an address is left alone for failures of a category: after so many within a time, over at least a span. */
export interface Suppress {
  readonly after: number
  readonly withinMs: number
  /** The first and the last of them are at least so far apart. */
  readonly minSpanMs?: number
  /** For how long; null until somebody removes it. */
  readonly forMs: number | null
}

/** Whose matter a category is. */
export type Kind = 'hard' | 'soft' | 'block' | 'config' | 'policy' | 'content' | 'tech' | 'admin' | 'local' | 'event'

/** What a category means to people, and what follows from it. */
export interface Meaning {
  readonly kind: Kind
  /** `never`: it does not speak of the recipient. */
  readonly suppress: 'never' | Suppress
  /** What it means, in one sentence. */
  readonly what: Texts
  /** What the sender can do. */
  readonly advice: Texts
}

const AT_ONCE: Suppress = { after: 1, withinMs: DAY_MS, forMs: null }

/** What each category means. deliverability §4.4. */
export const MEANINGS: Readonly<Record<Category, Meaning>> = {
  'bad-mailbox': {
    kind: 'hard', suppress: AT_ONCE,
    what: { en: 'There is no such address.', id: 'Alamatnya tidak ada.' },
    advice: { en: 'Check how it is written.', id: 'Periksa penulisannya.' },
  },
  'bad-domain': {
    kind: 'hard', suppress: { after: 1, withinMs: DAY_MS, forMs: 7 * DAY_MS },
    what: { en: 'The domain does not exist or takes no mail.', id: 'Domainnya tidak ada atau tidak menerima email.' },
    advice: { en: 'Check what stands after the @.', id: 'Periksa bagian setelah @.' },
  },
  'inactive-mailbox': {
    kind: 'hard', suppress: AT_ONCE,
    what: { en: 'The mailbox is closed.', id: 'Kotak suratnya sudah ditutup.' },
    advice: { en: 'Ask the recipient for a new address.', id: 'Minta alamat baru kepada penerima.' },
  },
  moved: {
    kind: 'hard', suppress: AT_ONCE,
    what: { en: 'The recipient has moved to another address.', id: 'Penerima sudah pindah ke alamat lain.' },
    advice: { en: 'Ask the recipient for the new address.', id: 'Minta alamat baru kepada penerima.' },
  },
  'mailbox-full': {
    kind: 'soft', suppress: { after: 5, withinMs: 60 * DAY_MS, minSpanMs: 14 * DAY_MS, forMs: 60 * DAY_MS },
    what: { en: 'The mailbox is full.', id: 'Kotak suratnya penuh.' },
    advice: { en: 'Tell the recipient by another way, and send it again later.', id: 'Beri tahu penerima lewat cara lain, lalu kirim lagi nanti.' },
  },
  'mailbox-full-inactive': {
    kind: 'hard', suppress: { after: 1, withinMs: DAY_MS, forMs: 180 * DAY_MS },
    what: { en: 'The mailbox is full, and nobody reads it any more.', id: 'Kotak suratnya penuh dan tidak dibaca lagi.' },
    advice: { en: 'Ask the recipient for another address.', id: 'Minta alamat lain kepada penerima.' },
  },
  'recipient-rate': {
    kind: 'soft', suppress: 'never',
    what: { en: 'The mailbox gets too much mail at the moment.', id: 'Kotak surat ini sedang menerima terlalu banyak email.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  'relay-denied': {
    kind: 'admin', suppress: { after: 3, withinMs: 7 * DAY_MS, forMs: null },
    what: { en: 'The recipient’s server is not set up for this address.', id: 'Server penerima tidak melayani alamat ini.' },
    advice: { en: 'Tell the recipient by another way.', id: 'Beri tahu penerima lewat cara lain.' },
  },
  greylist: {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server makes new senders wait.', id: 'Server penerima menahan pengirim baru sebentar.' },
    advice: { en: 'You need not do anything.', id: 'Anda tidak perlu melakukan apa pun.' },
  },
  'host-unreachable': {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server cannot be reached.', id: 'Server penerima tidak dapat dihubungi.' },
    advice: { en: 'Send it again later, or tell the recipient by another way.', id: 'Kirim lagi nanti, atau beri tahu penerima lewat cara lain.' },
  },
  'dns-temp': {
    kind: 'soft', suppress: 'never',
    what: { en: 'The name service of the recipient’s domain does not answer.', id: 'Layanan nama domain penerima tidak menjawab.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  timeout: {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server did not answer in time.', id: 'Server penerima tidak menjawab tepat waktu.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  'server-busy': {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server is busy.', id: 'Server penerima sedang sibuk.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  'server-error': {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server has a fault.', id: 'Server penerima sedang bermasalah.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  throttled: {
    kind: 'soft', suppress: 'never',
    what: { en: 'The recipient’s server takes mail from here only slowly.', id: 'Server penerima hanya menerima email dari sini dengan lambat.' },
    advice: { en: 'Send it again later.', id: 'Kirim lagi nanti.' },
  },
  'block-ip': blocked('the address of this mail server', 'alamat IP server email ini'),
  'block-dnsbl': blocked('the address of this mail server, which it found on a public list', 'alamat IP server email ini, yang ada di daftar blokir umum'),
  'block-domain': blocked('the sender’s domain', 'domain pengirim'),
  'block-url': {
    kind: 'block', suppress: 'never',
    what: { en: 'The recipient’s server refuses a link in the message.', id: 'Server penerima menolak sebuah tautan di dalam pesan.' },
    advice: { en: 'Leave the link out, and send it again.', id: 'Hapus tautannya, lalu kirim lagi.' },
  },
  'spam-content': {
    kind: 'block', suppress: 'never',
    what: { en: 'The recipient’s server took the message for spam.', id: 'Server penerima menganggap pesan ini spam.' },
    advice: { en: 'Write it in other words, or tell the recipient by another way.', id: 'Tulis dengan kata lain, atau beri tahu penerima lewat cara lain.' },
  },
  'spam-generic': {
    kind: 'block', suppress: 'never',
    what: { en: 'The recipient’s server refused the message without saying why.', id: 'Server penerima menolak pesan ini tanpa menjelaskan alasannya.' },
    advice: { en: 'Tell the recipient by another way.', id: 'Beri tahu penerima lewat cara lain.' },
  },
  'auth-failed': {
    kind: 'config', suppress: 'never',
    what: { en: 'The recipient’s server could not prove that the message is from you.', id: 'Server penerima tidak dapat memastikan bahwa pesan ini dari Anda.' },
    advice: { en: 'Tell your administrator: SPF, DKIM, DMARC, reverse DNS or TLS need a look.', id: 'Beri tahu administrator Anda: SPF, DKIM, DMARC, reverse DNS, atau TLS perlu diperiksa.' },
  },
  policy: {
    kind: 'policy', suppress: 'never',
    what: { en: 'The recipient’s server refuses it by its rules.', id: 'Server penerima menolaknya karena aturannya.' },
    advice: { en: 'See its words below, or tell the recipient by another way.', id: 'Lihat jawabannya di bawah, atau beri tahu penerima lewat cara lain.' },
  },
  virus: {
    kind: 'content', suppress: 'never',
    what: { en: 'The recipient’s server found a virus in the message.', id: 'Server penerima menemukan virus di dalam pesan.' },
    advice: { en: 'Check your computer and the attachments.', id: 'Periksa komputer dan lampiran Anda.' },
  },
  attachment: {
    kind: 'content', suppress: 'never',
    what: { en: 'The recipient’s server refuses an attachment.', id: 'Server penerima menolak sebuah lampiran.' },
    advice: { en: 'Send a link to it instead.', id: 'Kirim tautannya saja.' },
  },
  'too-large': {
    kind: 'content', suppress: 'never',
    what: { en: 'The message is too large there.', id: 'Pesannya terlalu besar.' },
    advice: { en: 'Send a smaller one, or a link.', id: 'Kirim yang lebih kecil, atau sebuah tautan.' },
  },
  protocol: {
    kind: 'tech', suppress: 'never',
    what: { en: 'The recipient’s server cannot take a message of this form.', id: 'Server penerima tidak dapat menerima pesan dengan bentuk ini.' },
    advice: { en: 'Tell your administrator, with the words below.', id: 'Beri tahu administrator Anda, dengan jawaban di bawah.' },
  },
  'smtputf8-unsupported': {
    kind: 'tech', suppress: 'never',
    what: { en: 'The recipient’s server takes no addresses beyond ASCII.', id: 'Server penerima tidak menerima alamat dengan huruf di luar ASCII.' },
    advice: { en: 'Send it from or to an address in plain letters.', id: 'Gunakan alamat dengan huruf biasa.' },
  },
  'too-many-recipients': {
    kind: 'tech', suppress: 'never',
    what: { en: 'The message has more recipients than the server takes.', id: 'Penerima pesan ini lebih banyak daripada yang diterima server.' },
    advice: { en: 'Send it to fewer at a time.', id: 'Kirim kepada lebih sedikit penerima sekaligus.' },
  },
  'sender-rejected': {
    kind: 'config', suppress: 'never',
    what: { en: 'The recipient’s server does not believe the sender’s address.', id: 'Server penerima tidak menerima alamat pengirim.' },
    advice: { en: 'Tell your administrator: the domain needs MX or A records.', id: 'Beri tahu administrator Anda: domainnya perlu catatan MX atau A.' },
  },
  loop: {
    kind: 'tech', suppress: 'never',
    what: { en: 'The message went in circles between servers.', id: 'Pesan berputar-putar di antara server.' },
    advice: { en: 'Tell the recipient by another way: a forwarding is set up wrong.', id: 'Beri tahu penerima lewat cara lain: penerusannya salah.' },
  },
  expired: {
    kind: 'soft', suppress: 'never',
    what: { en: 'It could not be delivered in time.', id: 'Pesan tidak terkirim tepat waktu.' },
    advice: { en: 'Send it again, or tell the recipient by another way.', id: 'Kirim lagi, atau beri tahu penerima lewat cara lain.' },
  },
  suppressed: local('The address is on the list of those who are not written to.', 'Alamat ini ada di daftar yang tidak dikirimi.'),
  cancelled: local('It was cancelled here.', 'Pengiriman dibatalkan di sini.'),
  quota: local('The sender has used up what may be sent.', 'Pengirim sudah mencapai batas kirim.'),
  complaint: event({ after: 1, withinMs: DAY_MS, forMs: null }, 'The recipient calls it spam.', 'Penerima menandainya sebagai spam.'),
  unsubscribe: event({ after: 1, withinMs: DAY_MS, forMs: null }, 'The recipient wants no more of it.', 'Penerima tidak ingin menerimanya lagi.'),
  'auto-reply': event('never', 'A program of the recipient answered.', 'Program penerima menjawab.'),
  challenge: event('never', 'The recipient wants to be asked first.', 'Penerima meminta konfirmasi dahulu.'),
  unclassified: {
    kind: 'tech', suppress: 'never',
    what: { en: 'The recipient’s server refused it.', id: 'Server penerima menolaknya.' },
    advice: { en: 'See its words below.', id: 'Lihat jawabannya di bawah.' },
  },
}

/** Whether a category, as a row or an event names it, says that the recipient is not there, and not that we are unwelcome. */
export function isHard(category: unknown): boolean {
  const known = CATEGORIES.find((each) => each === category)
  return known !== undefined && MEANINGS[known].kind === 'hard'
}

function blocked(en: string, id: string): Meaning {
  return {
    kind: 'block', suppress: 'never',
    what: { en: `The recipient’s server refuses ${en}.`, id: `Server penerima menolak ${id}.` },
    advice: { en: 'Tell your administrator; the recipient has nothing to do with it.', id: 'Beri tahu administrator Anda; ini bukan kesalahan penerima.' },
  }
}

function local(en: string, id: string): Meaning {
  const advice = { en: 'Ask your administrator.', id: 'Tanyakan kepada administrator Anda.' }
  return { kind: 'local', suppress: 'never', what: { en, id }, advice }
}

function event(suppress: Meaning['suppress'], en: string, id: string): Meaning {
  return { kind: 'event', suppress, what: { en, id }, advice: { en: 'You need not do anything.', id: 'Anda tidak perlu melakukan apa pun.' } }
}
