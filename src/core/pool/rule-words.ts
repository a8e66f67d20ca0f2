import type { Category } from './category.ts'
import type { Rate } from './rate.ts'
import type { Action, Lasts, Step } from './rule.ts'

/** What happens at the first hit. */
export function atOnce(lasts: Lasts, ...actions: readonly Action[]): Step {
  return { after: null, replies: null, actions, lasts }
}

/** What happens from so many hits within a time on. */
export function after(hits: number, withinMs: number, lasts: Lasts, ...actions: readonly Action[]): Step {
  return { after: { hits, withinMs }, replies: null, actions, lasts }
}

/** What happens at the first hit of a reply of this class. */
export function atOnceFor(replies: '4' | '5', lasts: Lasts, ...actions: readonly Action[]): Step {
  return { after: null, replies, actions, lasts }
}

/** No faster than this. */
export function rate(atMost: Rate): Action {
  return { do: 'rate', atMost, percent: null }
}

/** This share of the rate. */
export function ratePercent(percent: number): Action {
  return { do: 'rate', atMost: null, percent }
}

/** No more connections than this. */
export function connections(atMost: number): Action {
  return { do: 'connections', atMost, percent: null }
}

/** This share of the connections, one at least. */
export function connectionsPercent(percent: number): Action {
  return { do: 'connections', atMost: null, percent }
}

/** No more messages a connection than this. */
export function messagesPerConnection(atMost: number): Action {
  return { do: 'messages-per-connection', atMost }
}

/** Another category. */
export function reclass(category: Category): Action {
  return { do: 'reclass', category }
}

/** Not before this time has passed. */
export function retryAfter(afterMs: number): Action {
  return { do: 'retry-after', afterMs, sameSource: false }
}

/** Nothing goes but a canary. */
export const SUSPEND: Action = { do: 'suspend', canary: true, covers: 'all' }

/** Nothing goes at all until a check of ours is in order: the peer would only see the same fault again. */
export const SUSPEND_UNTIL_CHECKED: Action = { do: 'suspend', canary: false, covers: 'all' }

/** Broadcasts stop, transactional mail goes on. */
export const SUSPEND_BULK: Action = { do: 'suspend', canary: false, covers: 'bulk' }

/** A person has to look. */
export const PAUSE: Action = { do: 'pause' }

/** Worth knowing. */
export const NOTICE: Action = { do: 'alert', level: 'notice' }

/** Worth waking up for. */
export const ALARM: Action = { do: 'alert', level: 'high' }

/** Look at the lists of bad addresses now. */
export const CHECK_DNSBL: Action = { do: 'check', what: 'dnsbl' }

/** Look at the reverse DNS of the source now. */
export const CHECK_PTR: Action = { do: 'check', what: 'ptr' }

/** Look at SPF, DKIM and DMARC of the sender now. */
export const CHECK_AUTH: Action = { do: 'check', what: 'auth' }
