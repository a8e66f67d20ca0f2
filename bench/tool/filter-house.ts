import { systemClock } from '../../src/base/clock.ts'
import { silentLog } from '../../src/base/log.ts'
import { USUAL_CHECKS } from '../../src/app/config/filter-settings.ts'
import { acquaintances } from '../../src/app/inspect/acquaintances.ts'
import { hostedDomains } from '../../src/app/inspect/hosted.ts'
import { Learned } from '../../src/core/filter/bayes/learned.ts'
import { readLearned } from '../../src/core/filter/bayes/read-mail.ts'
import { TokenTable } from '../../src/core/filter/bayes/token-table.ts'
import { DnsLists } from '../../src/core/filter/dnslist/dns-lists.ts'
import { heldEntries } from '../../src/core/filter/entry/held.ts'
import { entryStore } from '../../src/core/filter/entry/sql-entry.ts'
import { sqlGreylist } from '../../src/core/filter/greylist/sql-greylist.ts'
import { ClientGuard } from '../../src/core/filter/network/client-guard.ts'
import { SeenBook } from '../../src/core/filter/seen/seen-book.ts'
import { seenReader } from '../../src/core/filter/seen/sql-seen-mail.ts'
import { Spikes } from '../../src/core/filter/spike/spikes.ts'
import { heldThresholds } from '../../src/core/filter/threshold/own-thresholds.ts'
import { thresholdStore } from '../../src/core/filter/threshold/sql-threshold.ts'
import type { InspectHouse } from '../../src/core/inbound/inspect/house.ts'
import type { Transaction } from '../../src/core/inbound/session.ts'
import { cachedRoutes } from '../../src/core/route/cached.ts'
import { sqlRoutes } from '../../src/core/route/sql.ts'
import { NO_MAIL_PARAMS } from '../../src/proto/smtp/envelope.ts'
import { parseAddress } from '../../src/proto/mail/address.ts'
import { openTestDatabase } from '../../test/support/database.ts'
import { startDns } from '../../test/support/dns/server.ts'
import { testResolver } from '../../test/support/dns/resolver.ts'
import { makeHome, makePerson } from '../../test/support/people.ts'
import { CLIENT, type FilterMails, RECIPIENT } from './filter-mail.ts'

/** A table as a busy house has one. */
const TAUGHT_TOKENS = 300_000
const TAUGHT_MESSAGES = 5_000

/** What the checks need, as a worker has it: our database, our resolver, a table that was taught. */
export interface FilterHouse extends AsyncDisposable {
  readonly house: InspectHouse
  readonly transaction: Transaction
}

/** Opens a house with one domain and one account, for a client that is not exempt. Nobody has entries, and nobody scans. */
export async function openFilterHouse({ mails, zones }: FilterMails): Promise<FilterHouse> {
  const database = await openTestDatabase()
  const dns = await startDns(zones)
  const resolver = testResolver([{ address: dns.address, port: dns.port }])
  const { db } = database
  const organization = await makeHome(db)
  const person = await makePerson(db, organization, 'ani')
  const { dnsLists: _lists, trusted: _trusted, ...settings } = USUAL_CHECKS
  const table = taught(mails.map(({ bytes }) => bytes))
  const store = { revision: async () => 1, table: async () => ({ table, revision: 1 }), changes: async () => [], marks: async () => [] }
  const house: InspectHouse = {
    hostname: 'mx.home.example',
    ours: { names: ['mx.home.example'], addresses: ['192.0.2.1'] },
    settings,
    dns: resolver,
    clock: systemClock,
    log: silentLog,
    isExempt: () => false,
    isTrusted: () => false,
    guard: new ClientGuard({ clock: systemClock, loopback: 'exempt', maxConnections: 100 }),
    lists: new DnsLists({ lists: [], dns: resolver, clock: systemClock, log: silentLog, asking: 'never' }),
    grey: sqlGreylist(db),
    entries: heldEntries(entryStore(db), systemClock),
    thresholds: heldThresholds(thresholdStore(db), settings.thresholds, systemClock),
    hit() {},
    learned: new Learned(store, systemClock),
    learnAlone() {},
    scan: null,
    ...hostedDomains(db, cachedRoutes(sqlRoutes(db), systemClock)),
    caught() {},
    ...acquaintances(db),
    seen: new SeenBook(seenReader(db), systemClock),
    spikes: new Spikes(systemClock),
    judged() {},
    notTaken() {},
    count() {},
  }
  return {
    house,
    transaction: transactionFor(person),
    async [Symbol.asyncDispose]() {
      resolver[Symbol.dispose]()
      await dns[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}

function transactionFor({ organization, account, inbox }: Awaited<ReturnType<typeof makePerson>>): Transaction {
  const [from, to] = [parseAddress(CLIENT.from), parseAddress(RECIPIENT)]
  if (!from.ok || !to.ok) throw new Error('these are addresses')
  return {
    session: {
      peer: { address: CLIENT.address, port: 40_000, localAddress: '192.0.2.1', localPort: 25 }, protocol: 'esmtp', helo: CLIENT.helo, tls: null, login: null,
    },
    sender: { ...NO_MAIL_PARAMS, from: from.value },
    recipients: [{
      recipient: { to: to.value, notify: null, orcpt: null }, address: RECIPIENT, elsewhere: [], organization,
      receivers: [{ account, organization, login: RECIPIENT, inbox, state: 'active', roomBytes: null }],
    }],
  }
}

/** Knows half of what the messages say, and much else: from ham for the most part. */
function taught(mails: readonly Uint8Array[]): TokenTable {
  const table = new TokenTable()
  let seed = 1
  const next = (): number => (seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0)
  for (let token = 0; token < TAUGHT_TOKENS; token++) table.add(next(), next(), next() % 7, next() % 11)
  for (const mail of mails) {
    const { tokens } = readLearned(mail)
    for (let at = 0; at < tokens.length; at += 4) table.add(tokens[at] ?? 0, tokens[at + 1] ?? 0, next() % 20, 20 + (next() % 200))
  }
  table.addMessages(TAUGHT_MESSAGES, TAUGHT_MESSAGES)
  return table
}
