import { until } from '../../bench/tool/wait.ts'
import type { Demo } from './server.ts'

/** An event of a message, as `/v1/trace` tells it: names in its data are in snake_case. */
export interface Told {
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
}

const WITHIN_MS = 120_000

/** What is known of a message, oldest first; nothing when it is not known. */
export async function storyOf(demo: Demo, asked: string): Promise<readonly Told[]> {
  const key = [...demo.output().matchAll(/^API key +(sk_test_\w+)$/gm)].at(-1)?.[1] ?? ''
  const response = await fetch(`http://127.0.0.1:${demo.ports.http}/v1/trace?q=${encodeURIComponent(asked)}`, { headers: { authorization: `Bearer ${key}` } })
  const body = (await response.json()) as { readonly data?: readonly Told[]; readonly detail?: string }
  if (response.status !== 200 && response.status !== 404) throw new Error(`${response.status} ${body.detail ?? ''}`)
  return body.data ?? []
}

/** The first event of a message that is one of these types, as soon as there is one. */
export async function toldOf(demo: Demo, asked: string, ...types: readonly string[]): Promise<Told> {
  let found: Told | undefined
  await until(`${types.join(' or ')} of ${asked}`, async () => (found = (await storyOf(demo, asked)).find(({ type }) => types.includes(type))) !== undefined, WITHIN_MS)
  if (found === undefined) throw new Error('it was there')
  return found
}

/** How the first try of a message ended. */
export function triedOf(demo: Demo, id: string): Promise<Told> {
  return toldOf(demo, id, 'delivery.delivered', 'delivery.deferred', 'delivery.failed')
}
