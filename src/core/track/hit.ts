/** What asked for an address of ours, as far as its name tells. Nothing else of it is kept: no name, no address. */
export type Agent = 'browser' | 'apple' | 'google' | 'yahoo' | 'scanner'

/** Somebody, or something, asked for an address of ours. */
export interface Hit {
  readonly atMs: number
  readonly kind: 'open' | 'click'
  /** The number of the link; 0 for an opening. */
  readonly link: number
  readonly method: 'GET' | 'HEAD'
  readonly agent: Agent
}

// Programs that look at mail or at everything, by words that no browser has in its name. Cubot makes telephones.
const SCANNER = /(?<!cu)bot\b|crawl|spider|preview|scan|headless|phantomjs|curl|wget|python|java\/|okhttp|go-http|libwww|httpclient|node-fetch|axios|barracuda|proofpoint|mimecast|safelinks|symantec|trendmicro|fireeye|virustotal/i

/** Who asks, by the field User-Agent. Only its first 300 characters count. deliverability §6.2. */
export function agentOf(field: string | undefined): Agent {
  const name = (field ?? '').slice(0, 300).trim()
  if (name === 'Mozilla/5.0') return 'apple' // Mail Privacy Protection says this and no more.
  if (/GoogleImageProxy/i.test(name)) return 'google'
  if (/YahooMailProxy/i.test(name)) return 'yahoo'
  return name === '' || SCANNER.test(name) ? 'scanner' : 'browser'
}
