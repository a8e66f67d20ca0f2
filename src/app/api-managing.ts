import { systemClock } from '../base/clock.ts'
import { manageAccountApi } from '../core/account/manage/api.ts'
import { accountLoginApi } from '../core/account/login/api.ts'
import { smtpCredentialApi } from '../core/account/smtp/api.ts'
import { certificateApi } from '../core/certificate/api.ts'
import { consentApi } from '../core/consent/api.ts'
import { filterApi } from '../core/filter/entry/api.ts'
import { filterScoreApi } from '../core/filter/threshold/api.ts'
import { containmentApi } from '../core/filter/outbound/api.ts'
import { mailboxApi } from '../core/mailbox/api.ts'
import { organizationsApi } from '../core/organization/manage/api.ts'
import { planApi } from '../core/organization/manage/plan/api.ts'
import { outboundApi } from '../core/outbound/api.ts'
import { tlsResultApi } from '../core/outbound/tls/api.ts'
import { poolApi } from '../core/pool/api.ts'
import { reportApi } from '../core/report/api.ts'
import { retentionApi } from '../core/retention/api.ts'
import { aliasApi } from '../core/route/api.ts'
import { relayApi } from '../core/route/relay/api.ts'
import type { Api } from '../infra/http/api/api.ts'
import { allKnown } from './certificate/known.ts'
import { builtInZone } from './demo/zone.ts'
import { routedTo } from './lane-route.ts'
import { overridesOf, sourceAgeDays } from './outbound.ts'
import type { Services } from './worker.ts'

/** The parts of `/v1` that manage: what an organization has, and what operators run. */
export function managingParts({ config, db, names }: Services): readonly Api[] {
  const shared = { db, clock: systemClock }
  return [
    manageAccountApi(shared),
    accountLoginApi(shared),
    smtpCredentialApi(shared),
    mailboxApi({ ...shared, quotaBytes: config.newAccountQuotaBytes }),
    containmentApi(shared),
    consentApi(shared),
    aliasApi(shared),
    organizationsApi(shared),
    planApi(shared),
    poolApi({ ...shared, hostname: config.hostname }),
    outboundApi({
      ...shared,
      route: async (domain) => await routedTo(domain, { db, config, names: (await names.get()) ?? builtInZone }),
      overrides: overridesOf(config),
      ageDays: () => sourceAgeDays(config),
    }),
    tlsResultApi(shared),
    relayApi(shared),
    filterApi(shared),
    filterScoreApi(shared),
    reportApi(shared),
    retentionApi({ ...shared, keep: config.keep }),
    certificateApi({ ...shared, known: () => allKnown(db, config) }),
  ]
}
