import { randomUUID } from 'node:crypto'
import type { AccessFact, AccessNews } from '../core/access/news.ts'
import type { Bus } from '../infra/bus/bus.ts'

const TOPIC = 'access'
/** Facts told in one turn of the event loop. More come from a flood only, and the flood has been counted by then. */
const MAX_AT_ONCE = 200

/** Carries the outcome of logins from worker to worker over the bus. It keeps only the last hint of a turn, so that one holds all facts of it. */
export function accessNews(bus: Bus): AccessNews {
  const me = randomUUID()
  let untold: AccessFact[] = []
  bus.subscribe(TOPIC, ({ from, count }) => {
    // The bus hands it to its own subscribers when it is sent: these facts are on their way.
    if (from === me) untold = untold.slice(Number(count))
  })
  return {
    tell(fact) {
      if (untold.length >= MAX_AT_ONCE) return
      untold.push(fact)
      bus.publish(TOPIC, { from: me, count: untold.length, facts: JSON.stringify(untold) })
    },
    hear(on) {
      bus.subscribe(TOPIC, ({ from, facts }) => {
        if (from === me || typeof facts !== 'string') return
        for (const fact of JSON.parse(facts) as readonly AccessFact[]) on(fact)
      })
    },
  }
}
