import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import type { AccessFact } from '../core/access/news.ts'
import { BroadcastBus } from '../infra/bus/broadcast.ts'
import { accessNews } from './access-news.ts'

const attempt = { login: 'ani@home.example', address: '192.0.2.7' }

test('every fact reaches the other workers once, however many there are in a turn, and not the one that told it', async () => {
  await using one = new BroadcastBus('access-news-test')
  await using two = new BroadcastBus('access-news-test')
  const [here, there] = [accessNews(one), accessNews(two)]
  const heard: string[] = []
  const all = Promise.withResolvers<void>()
  here.hear((fact) => assert.fail(`heard its own ${fact.kind}`))
  there.hear((fact: AccessFact) => {
    heard.push(fact.kind === 'failed' ? (fact.key ?? '') : fact.kind)
    if (fact.kind === 'succeeded') all.resolve()
  })
  for (let i = 0; i < 5; i++) here.tell({ kind: 'failed', attempt, key: `${i}` })
  await turn()
  for (let i = 5; i < 7; i++) here.tell({ kind: 'failed', attempt, key: `${i}` })
  await turn()
  here.tell({ kind: 'succeeded', attempt })
  await all.promise
  assert.deepEqual(heard, ['0', '1', '2', '3', '4', '5', '6', 'succeeded'])
})
