import type { Said } from './frame.ts'

/** Which words these are, for the records of those who agreed to them. Whoever changes a word that somebody agrees to counts on. */
export const WORDS_VERSION = 'preferences-1'

/** What the page says. */
export const WORDS = {
  unnamedSender: { en: 'this sender', id: 'pengirim ini' },
  title: { en: 'Your mail from', id: 'Email Anda dari' },
  address: { en: 'For the address', id: 'Untuk alamat' },
  legend: { en: 'Which mail do you want?', id: 'Email mana yang Anda inginkan?' },
  save: { en: 'Save', id: 'Simpan' },
  all: { en: 'Unsubscribe from all', id: 'Berhenti dari semuanya' },
  one: { en: 'Unsubscribe', id: 'Berhenti berlangganan' },
  again: { en: 'Get this mail again', id: 'Terima lagi email ini' },
  unnamed: { en: 'Other news and offers', id: 'Kabar dan penawaran lainnya' },
  askOne: { en: 'Press the button, and this sender does not write newsletters and offers to you any more.', id: 'Tekan tombol ini, dan pengirim ini tidak lagi mengirimkan buletin dan penawaran kepada Anda.' },
  isOff: { en: 'You are unsubscribed. If that was a mistake, you can take it back here.', id: 'Anda telah berhenti berlangganan. Jika itu keliru, Anda dapat membatalkannya di sini.' },
  isAllOff: { en: 'You are unsubscribed from all of it. Tick what you want to get after all.', id: 'Anda telah berhenti dari semuanya. Centang yang tetap ingin Anda terima.' },
  isFixed: { en: 'At present none of it is sent to you, and this page cannot change that. Unsubscribe, and it stays so.', id: 'Saat ini tidak ada yang dikirim kepada Anda, dan halaman ini tidak dapat mengubahnya. Berhentilah berlangganan agar tetap begitu.' },
  fixed: { en: 'Not sent to you at present. This page cannot change that.', id: 'Saat ini tidak dikirim kepada Anda. Halaman ini tidak dapat mengubahnya.' },
  receipts: { en: 'What answers to something you do, such as a receipt, still comes.', id: 'Pesan yang menjawab tindakan Anda, misalnya kuitansi, tetap dikirim.' },
  keep: { en: 'Whoever has the address of this page can use it. Do not pass it on.', id: 'Siapa pun yang memiliki alamat halaman ini dapat memakainya. Jangan diteruskan.' },
} as const satisfies Readonly<Record<string, Said>>

/** What came of a press. */
export const NOTES = {
  saved: { en: 'Saved. It applies at once.', id: 'Tersimpan, dan langsung berlaku.' },
  stopped: { en: 'You are unsubscribed. It applies at once.', id: 'Anda telah berhenti berlangganan. Ini langsung berlaku.' },
  limited: {
    en: 'Mail was switched on too often today, so this was not done. Try again tomorrow. Unsubscribing always works.',
    id: 'Email sudah dinyalakan terlalu sering hari ini, jadi ini tidak dilakukan. Coba lagi besok. Berhenti berlangganan selalu bisa.',
  },
  partly: { en: 'Some of it could not be switched on here.', id: 'Sebagian tidak dapat dinyalakan di sini.' },
} as const satisfies Readonly<Record<string, Said>>

/** Pages that only say something. */
export const SAYINGS = {
  done: {
    title: { en: 'You are unsubscribed', id: 'Anda telah berhenti berlangganan' },
    text: { en: 'What answers to something you do, such as a receipt, still comes.', id: 'Pesan yang menjawab tindakan Anda, misalnya kuitansi, tetap dikirim.' },
  },
  unknown: {
    title: { en: 'This link leads nowhere', id: 'Tautan ini tidak berlaku' },
    text: { en: 'It is not complete, or very old.', id: 'Tautan ini tidak lengkap, atau sudah sangat lama.' },
  },
  later: {
    title: { en: 'Please try again later', id: 'Silakan coba lagi nanti' },
    text: { en: 'This server cannot do it at the moment.', id: 'Server ini sedang tidak dapat melakukannya.' },
  },
  broken: {
    title: { en: 'Nothing was changed', id: 'Tidak ada yang berubah' },
    text: { en: 'What your browser sent is not what this page asks for. Open the link in your mail again.', id: 'Yang dikirim peramban Anda tidak sesuai dengan halaman ini. Buka lagi tautan di email Anda.' },
  },
} as const satisfies Readonly<Record<string, { readonly title: Said; readonly text: Said }>>
