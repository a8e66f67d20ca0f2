import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../base/brand.ts'
import { matches, type PatternRoute, routeFor } from './pattern.ts'

const route = (pattern: string): PatternRoute => ({ id: pattern, organization: 'o-1' as OrganizationId, pattern, targets: [], webhook: null })

test('a star stands for any letters, none included', () => {
  const yes: readonly (readonly [string, string])[] = [['a', 'a'], ['*', ''], ['*', 'x'], ['a*', 'a'], ['*b', 'ab'], ['a*c', 'ac'], ['a*c', 'abbc'], ['*-*', 'x-y'], ['a*b*c', 'a1b2c'], ['ticket+*', 'ticket+7']]
  const no: readonly (readonly [string, string])[] = [['a', 'b'], ['a', 'aa'], ['a*', 'ba'], ['*b', 'ba'], ['ab*bc', 'abc'], ['a*b*c', 'acb'], ['', 'a'], ['*-*', 'xy']]
  for (const [pattern, local] of yes) assert.ok(matches(pattern, local), `${pattern} ${local}`)
  for (const [pattern, local] of no) assert.ok(!matches(pattern, local), `${pattern} ${local}`)
})

test('the most exact route counts', () => {
  const routes = ['*', 'ticket*', 'ticket-*-x', 'ticket-7-x'].map(route)
  for (const [local, id] of [['ticket-7-x', 'ticket-7-x'], ['ticket-8-x', 'ticket-*-x'], ['tickets', 'ticket*'], ['other', '*']] as const) assert.equal(routeFor(routes, local)?.id, id)
  assert.equal(routeFor([route('a')], 'b'), null)
})
