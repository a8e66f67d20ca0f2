import { systemClock } from '../base/clock.ts'
import { Callout } from '../core/outbound/callout.ts'
import { lookUp } from '../core/outbound/look-up.ts'
import { routeOf } from '../core/outbound/route-of.ts'
import { sqlCallouts } from '../core/outbound/sql-callout.ts'
import { ANYWHERE, blockList, type Target } from '../core/outbound/targets.ts'
import { BrokenTls } from '../core/outbound/tls/broken-tls.ts'
import { builtInZone } from './demo/zone.ts'
import { chosenRoutesOf, openWith, routesOf } from './outbound.ts'
import type { Services } from './worker.ts'

/** Makes what asks the servers of domains that we keep mail for. Loaded at the first question. */
export async function makeCallout({ config, db, names: own, log }: Services): Promise<Callout> {
  const names = (await own.get()) ?? builtInZone
  const chosenRoutes = chosenRoutesOf(db)
  const settings = { ...routesOf(config), relay: null, chosen: (domain: string) => chosenRoutes.of(domain), keepsFor: () => true }
  const allowed = blockList(config.outbound.allowed)
  return new Callout({
    async targets(domain, signal) {
      await chosenRoutes.refresh()
      const { plan, isChosen } = await routeOf(domain, settings, names, Math.random, signal)
      const found: Target[] = []
      for (const hop of plan.kind === 'hops' ? plan.hops : []) {
        const targets = await lookUp(hop, { names, from: null, families: [4, 6], chance: Math.random, allowed: isChosen ? ANYWHERE : allowed }, signal)
        if (targets.kind === 'targets') found.push(...targets.targets)
      }
      return found
    },
    store: sqlCallouts(db),
    open: openWith(log),
    brokenTls: new BrokenTls(),
    name: config.hostname,
    clock: systemClock,
    log,
  })
}
