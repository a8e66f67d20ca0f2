import type { Answer } from 'dns-packet'

/** Record types that a test zone may hold. */
export type ZoneType = 'A' | 'AAAA' | 'CAA' | 'CNAME' | 'MX' | 'NS' | 'PTR' | 'SRV' | 'TLSA' | 'TXT'

/** The records of one name, written as in a zone file: `MX: ['10 mx1', '20 mx2.other.test.']`. */
export type Entry = Readonly<Partial<Record<ZoneType, readonly string[]>>>

/** What a zone is beside its records. */
export interface ZoneOptions {
  readonly ttlSeconds?: number
  /** The SOA's last field: how long "there is none" lives. */
  readonly minimumSeconds?: number
  /** Answers carry AD for those who ask for it, as a validating resolver's would. */
  readonly signed?: boolean
  /** A validating resolver finds its signatures wrong: SERVFAIL. */
  readonly bogus?: boolean
}

/** A zone as the test server holds it. Names are lower-case, without a trailing dot. */
export interface Zone {
  readonly origin: string
  readonly names: ReadonlyMap<string, Entry>
  readonly options: ZoneOptions
}

/** Makes a zone. `@` is its origin; names without a trailing dot lie below it, also inside records; `*` answers for what is not there. */
export function zone(origin: string, names: Readonly<Record<string, Entry>>, options: ZoneOptions = {}): Zone {
  return { origin, names: new Map(Object.entries(names).map(([name, entry]) => [absolute(name, origin), entry])), options }
}

/** The zone that `name` lies in, the closest; null when nobody holds it. */
export function zoneOf(zones: readonly Zone[], name: string): Zone | null {
  const holding = zones.filter(({ origin }) => origin === '' || name === origin || name.endsWith(`.${origin}`))
  return holding.toSorted((one, other) => other.origin.length - one.origin.length)[0] ?? null
}

/** What a zone has at `name`. Null: the name does not exist there. A name that only has others below it exists and is empty. */
export function entryAt({ origin, names }: Zone, name: string): Entry | null {
  const entry = names.get(name)
  if (entry !== undefined) return entry
  if ([...names.keys()].some((other) => other.endsWith(`.${name}`))) return {}
  return name === origin ? {} : (names.get(absolute('*', origin)) ?? null)
}

/** The records of one type at an entry, for the wire. `owner` is written as it stands. */
export function recordsOf({ origin, options }: Zone, entry: Entry, owner: string, type: ZoneType): readonly Answer[] {
  const ttl = options.ttlSeconds ?? 300
  // The cast says that type and data fit each other, which `dataOf` sees to.
  return (entry[type] ?? []).map((text) => ({ name: owner, ttl, ...dataOf(type, text, origin) }) as Answer)
}

/** The SOA that goes with "there is none". */
export function soaOf({ origin, options }: Zone): Answer {
  const minimum = options.minimumSeconds ?? 300
  const data = { mname: 'ns.test', rname: 'hostmaster.test', serial: 1, refresh: 3600, retry: 600, expire: 86_400, minimum }
  return { type: 'SOA', name: origin === '' ? '.' : origin, ttl: options.ttlSeconds ?? 300, data }
}

/** A name of a zone file as a name of the wire. */
export function absolute(name: string, origin: string): string {
  if (name === '@') return origin
  if (name.endsWith('.')) return name.slice(0, -1)
  return origin === '' ? name : `${name}.${origin}`
}

function dataOf(type: ZoneType, text: string, origin: string): { readonly type: ZoneType; readonly data: unknown } {
  const words = text.split(' ')
  const number = (at: number): number => Number(words[at])
  const target = (at: number): string => absolute(words[at] ?? '', origin) || '.'
  switch (type) {
    case 'A':
    case 'AAAA':
      return { type, data: text }
    case 'CAA':
      return { type, data: { flags: number(0), tag: words[1], value: words.slice(2).join(' ').replaceAll('"', '') } }
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return { type, data: target(0) }
    case 'MX':
      return { type, data: { preference: number(0), exchange: target(1) } }
    case 'SRV':
      return { type, data: { priority: number(0), weight: number(1), port: number(2), target: target(3) } }
    case 'TLSA': {
      const certificate = Buffer.from(words[3] ?? '', 'hex')
      return { type, data: { usage: number(0), selector: number(1), matchingType: number(2), certificate } }
    }
    default:
      return { type, data: pieces(Buffer.from(text)) }
  }
}

/** A text record holds strings of at most 255 bytes. */
function pieces(bytes: Buffer): readonly Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length || at === 0; at += 255) found.push(bytes.subarray(at, at + 255))
  return found
}
