import { lookAtDomains } from '../../core/domain/proof/look.ts'
import { prove } from '../../core/domain/proof/prove.ts'
import { dueDomains, forgetLooks, noteLook } from '../../core/domain/proof/sql-look.ts'
import { dueClaims, settleClaim } from '../../core/domain/proof/sql-pending.ts'
import { dkimKeysOf } from '../../core/domain/sql-dkim.ts'
import { holdDomain } from '../../core/standing/sql-domain-hold.ts'
import type { DomainChecker } from '../domain-check.ts'
import type { JobOptions } from './options.ts'

/** Looks whether claimed domains are proven by now, and whether the records of hosted ones are still right. */
export async function lookAtOurs({ db, clock, log, bulkNeeds: needs, isRelayed, house: { secret } }: JobOptions, checker: () => Promise<DomainChecker>, signal: AbortSignal): Promise<void> {
  const proof = { secret, keysOf: dkimKeysOf.bind(null, db), txt: async (name: string, within: AbortSignal) => await (await checker()).texts(name, within), nowMs: () => clock.nowMs() }
  await lookAtDomains({
    dueClaims: (nowMs) => dueClaims(db, nowMs),
    prove: ({ organization, name }, within) => prove(proof, organization, name, within),
    settle: (args) => db.write(settleClaim, args),
    dueDomains: (nowMs) => dueDomains(db, nowMs),
    check: async (domain, within) => await (await checker()).check(domain, within),
    note: async (args) => {
      // What a relay sends for us has SPF of the relay's.
      const news = await db.write(noteLook, isRelayed ? { ...args, ownReturns: false } : args)
      const { organization, name: domain, nowMs } = args
      const change = await db.write(holdDomain, { organization, domain, needs, nowMs })
      if (change !== 'nothing') log.warn(change === 'hold' ? 'domain.bulk_held' : 'domain.bulk_released', { domain, organization })
      return news
    },
    clock,
    log,
  }, signal)
  await db.write(forgetLooks, {})
}
