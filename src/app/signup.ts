import { systemClock } from '../base/clock.ts'
import { makeOneTime, readOneTime, takeOneTime } from '../core/access/one-time/sql-one-time.ts'
import { isPassword, sealPassword, setPassword } from '../core/access/sql-credential.ts'
import { accountByLogin } from '../core/account/sql.ts'
import { domainNamed } from '../core/domain/sql.ts'
import { receiveInto } from '../core/inbound/sql-receive.ts'
import { organizationById } from '../core/organization/sql.ts'
import { QUEUE_TOPIC } from '../core/queue/topic.ts'
import { cachedRoutes } from '../core/route/cached.ts'
import { sqlRoutes } from '../core/route/sql.ts'
import type { InviteOptions } from '../core/signup/invite/service.ts'
import { invite, openInvitation } from '../core/signup/invite/sql.ts'
import { joinBy } from '../core/signup/invite/sql-join.ts'
import { Pace } from '../core/signup/pace.ts'
import type { Offers, SignupOptions } from '../core/signup/service.ts'
import { confirmSignup } from '../core/signup/sql-signup.ts'
import { parseAddress } from '../proto/mail/address.ts'
import type { Config } from './config/config.ts'
import { byteStore, segmentReader } from './backend/bytes.ts'
import type { Services } from './worker.ts'

const all = new WeakMap<Services, SignupOptions>()

/** What signing up is made of, in this house: one for each worker, whoever asks, so that pages and API share what they have counted. */
export function signupOptions(services: Services): SignupOptions {
  const known = all.get(services) ?? make(services)
  all.set(services, known)
  return known
}

/** What inviting is made of, in this house. */
export function inviteOptions(services: Services): InviteOptions {
  const { db } = services
  return {
    ...signupOptions(services),
    isOwn: async (organization, domain) => (await domainNamed(db, domain))?.organization === organization,
    called: async (organization) => (await organizationById(db, organization))?.name ?? '',
    invite: (args) => invite(db, args),
    open: (token) => openInvitation(db, token, systemClock.nowMs()),
    join: (token, person) => joinBy(db, token, person, systemClock.nowMs()),
  }
}

/** What of it the configuration offers: without an address to write from nobody is written to. */
export function offersOf({ login: { signup, from } }: Config): Offers {
  return { signup, reset: from === null ? 'off' : 'on' }
}

function make(services: Services): SignupOptions {
  const { config, db, log, tasks, access, metrics } = services
  const { host, origin } = config.login
  const clock = systemClock
  const letters = metrics.counter('merpati_signup_letters_total', 'Mails to people who sign up or have lost a password.', ['kind'])
  const made = metrics.counter('merpati_signups_total', 'Organizations that strangers have made.', [])
  return {
    ...{ clock, log, tasks, host, origin, pace: new Pace(clock, config.mode === 'demo' ? 'exempt' : 'counted'), receive: receiveOf(services) },
    sender: () => senderOf(services),
    seal: (password) => access.inTurn(() => sealPassword(password)),
    async known(login) {
      const account = await accountByLogin(db, login)
      return account?.state === 'active' ? { account: account.id, locale: account.locale === 'id' ? 'id' : 'en' } : null
    },
    token: (kind, account, content, expiresMs) => makeOneTime(db, { kind, account, content, expiresMs }),
    written: (kind) => letters.inc({ kind }),
    async confirm(token) {
      const confirmed = await confirmSignup(db, token, clock.nowMs())
      if (confirmed.kind === 'made') made.inc({})
      log.info('signup.confirmed', { kind: confirmed.kind })
      return confirmed
    },
    mayConfirm: async (token) => (await readOneTime(db, 'signup', token, clock.nowMs())) !== null,
    mayReset: async (token) => (await readOneTime(db, 'reset', token, clock.nowMs())) !== null,
    async reset(token, password) {
      if (!isPassword(password)) return 'forbidden'
      const taken = await takeOneTime(db, 'reset', token, clock.nowMs())
      if (taken === null || taken.account === '') return 'unknown'
      const set = await setPassword(db, taken.account, password, clock.nowMs())
      log.info('signup.password_reset', { account: taken.account, set })
      return set
    },
  }
}

function receiveOf({ config, db, blobs, bus, secret }: Services): SignupOptions['receive'] {
  return {
    house: { hostname: config.hostname, outbound: config.outbound.mode === 'sent' ? 'queued' : 'captured', secret },
    clock: systemClock,
    routes: cachedRoutes(sqlRoutes(db), systemClock),
    bytes: byteStore(blobs),
    inlineBytes: config.limits.inlineBytes,
    ...receiveInto(db),
    segments: segmentReader(blobs),
    arrived: (account) => bus.publish(`account:${account}`, {}),
    queued: (lane) => bus.publish(QUEUE_TOPIC, { lane }),
  }
}

/** Null while nobody can sign for the address. */
async function senderOf({ config, db }: Services): ReturnType<SignupOptions['sender']> {
  const parsed = config.login.from === null ? null : parseAddress(config.login.from)
  if (parsed === null || !parsed.ok || parsed.value.domain === null) return null
  const domain = await domainNamed(db, parsed.value.domain)
  return domain === null ? null : { name: config.reports.name, address: parsed.value, organization: domain.organization }
}
