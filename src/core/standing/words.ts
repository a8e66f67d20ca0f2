import type { Language } from '../bounce/notice-text.ts'
import type { Texts } from '../pool/text.ts'
import { type Finding, type Metric, standingName, type StreamKey } from './standing.ts'

const METRICS: Readonly<Record<Metric, Texts>> = {
  complaints: { en: 'recipients called it spam', id: 'penerima menandainya sebagai spam' },
  'hard-bounces': { en: 'addresses do not exist', id: 'alamat tidak ada' },
  blocks: { en: 'messages were refused because of their sender', id: 'pesan ditolak karena pengirimnya' },
  unsubscribes: { en: 'recipients want no more of it', id: 'penerima tidak ingin menerimanya lagi' },
  'auth-failures': { en: 'messages failed authentication', id: 'pesan gagal diautentikasi' },
}

const ADVICE: Readonly<Record<Metric, Texts>> = {
  complaints: { en: 'Write only to those who asked for it, and make it easy to stop.', id: 'Kirim hanya kepada yang memintanya, dan mudahkan mereka untuk berhenti.' },
  'hard-bounces': { en: 'Check the list before you go on: it holds addresses that do not exist.', id: 'Periksa daftarnya dahulu: ada alamat yang tidak ada.' },
  blocks: { en: 'See in the trace what the servers said, and mend that first.', id: 'Lihat di pelacakan apa kata server, dan perbaiki itu dahulu.' },
  unsubscribes: { en: 'Ask whether these people wanted this mail, and write less often.', id: 'Tanyakan apakah mereka menginginkan surel ini, dan kirim lebih jarang.' },
  'auth-failures': { en: 'Check SPF, DKIM and DMARC of the sending domain.', id: 'Periksa SPF, DKIM, dan DMARC domain pengirim.' },
}

/** Why a stream stands as it does, in one line. */
export function sayFinding({ metric, window, part, whole, limit }: Finding): Texts {
  const counts = `${part} of ${whole} (${percent(part / whole)})`
  return {
    en: `${METRICS[metric].en}: ${counts} within a ${window}, from ${percent(limit)} on`,
    id: `${METRICS[metric].id}: ${part} dari ${whole} (${percent(part / whole)}) dalam ${window === 'day' ? 'sehari' : 'seminggu'}, batasnya ${percent(limit)}`,
  }
}

/** What mail to its owner says of a stream that was slowed or stopped. */
export function noticeOf(key: StreamKey, finding: Finding & { readonly level: 'slowed' | 'paused' }, language: Language): { readonly subject: string; readonly text: string } {
  const name = standingName(key)
  const why = sayFinding(finding)[language]
  const advice = ADVICE[finding.metric][language]
  const isPaused = finding.level === 'paused'
  if (language === 'id') {
    const what = isPaused ? `Surel dari stream "${key.stream}" ke ${key.provider} dihentikan sementara. Surel transaksional tetap terkirim.` : `Surel dari stream "${key.stream}" ke ${key.provider} diperlambat menjadi seperempat.`
    const next = isPaused ? `Setelah penyebabnya diperbaiki, administrator dapat melanjutkannya: POST /v1/streams/${name}/resume, atau "merpati stream resume ${name}".` : 'Kecepatannya kembali sendiri setelah angkanya membaik.'
    return { subject: isPaused ? `Dihentikan sementara: ${name}` : `Diperlambat: ${name}`, text: [what, `Alasannya: ${why}.`, advice, next, ''].join('\r\n\r\n') }
  }
  const what = isPaused ? `Mail of the stream "${key.stream}" to ${key.provider} is paused. Transactional mail goes on.` : `Mail of the stream "${key.stream}" to ${key.provider} goes at a quarter of its rate.`
  const next = isPaused ? `When the cause is mended an administrator lets it go on: POST /v1/streams/${name}/resume, or "merpati stream resume ${name}".` : 'It is as fast as before when the numbers are better.'
  return { subject: isPaused ? `Paused: ${name}` : `Slowed down: ${name}`, text: [what, `The reason: ${why}.`, advice, next, ''].join('\r\n\r\n') }
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`
}
