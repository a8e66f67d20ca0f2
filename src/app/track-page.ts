/** What a page of ours about unsubscribing says. */
export type Saying = 'ask' | 'done' | 'unknown' | 'later'

const WORDS: Readonly<Record<Saying, { readonly en: readonly [string, string]; readonly id: readonly [string, string] }>> = {
  ask: {
    en: ['Unsubscribe', 'Press the button, and this sender does not write newsletters and offers to you any more.'],
    id: ['Berhenti berlangganan', 'Tekan tombol ini, dan pengirim ini tidak lagi mengirimkan buletin dan penawaran kepada Anda.'],
  },
  done: {
    en: ['You are unsubscribed', 'What answers to something you do, such as a receipt, still comes.'],
    id: ['Anda telah berhenti berlangganan', 'Pesan yang menjawab tindakan Anda, misalnya kuitansi, tetap dikirim.'],
  },
  unknown: {
    en: ['This link leads nowhere', 'It is not complete, or very old.'],
    id: ['Tautan ini tidak berlaku', 'Tautan ini tidak lengkap, atau sudah sangat lama.'],
  },
  later: {
    en: ['Please try again later', 'This server cannot do it at the moment.'],
    id: ['Silakan coba lagi nanti', 'Server ini sedang tidak dapat melakukannya.'],
  },
}

const BUTTON = '<form method="post"><input type="hidden" name="confirm" value="page"><button type="submit">Unsubscribe / Berhenti berlangganan</button></form>'

/** Nothing is loaded, nothing runs, nobody frames it, and the address of the page, which is all it takes, goes nowhere else. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
}

/** A page in English and Indonesian. It says nothing of who reads it: links are forwarded. */
export function trackPage(saying: Saying): string {
  const { en, id } = WORDS[saying]
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${en[0]} / ${id[0]}</title>
<style>body{font:1.1rem/1.5 system-ui,sans-serif;max-width:34rem;margin:15vh auto 0;padding:0 1rem}button{font:inherit;padding:.6rem 1.2rem}h1{font-size:1.4rem}</style></head>
<body><section><h1>${en[0]}</h1><p>${en[1]}</p></section><section lang="id"><h1>${id[0]}</h1><p>${id[1]}</p></section>
${saying === 'ask' ? BUTTON : ''}</body></html>
`
}
