import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ApiAnswer } from '../support/api.ts'
import { type ApiHouse, openApiHouse } from '../support/api-house.ts'

/** Where reading is allowed so seldom that a test can do it too often, and sending is not. */
let house: ApiHouse
before(async () => {
  house = await openApiHouse({ rates: { requestsPerSecond: 1, sendsPerSecond: 1_000 } })
})
after(() => house[Symbol.asyncDispose]())

/** Far more than ten seconds of the rate, however slow the machine is. */
const MANY = 300

/** Asks until it is told that it asks too often. */
async function untilLimited(key: string, path: string): Promise<{ readonly before: readonly ApiAnswer[]; readonly limited: ApiAnswer }> {
  const before: ApiAnswer[] = []
  while (before.length < MANY) {
    const answer = await house.ask(key, path)
    if (answer.status === 429) return { before, limited: answer }
    before.push(answer)
  }
  throw new Error(`${MANY} requests were answered`)
}

test('a key that asks too often is told so and when to come back, and its organization keeps what other keys need', async () => {
  const key = await house.key(house.home)
  const { before: answers, limited } = await untilLimited(key, '/v1/usage')
  const [first] = answers
  assert.deepEqual([first?.status, first?.headers.get('ratelimit-limit'), first?.headers.get('ratelimit-policy'), first?.headers.get('ratelimit-remaining'), first?.headers.get('ratelimit-reset')], [200, '10', '10;w=10', '9', '1'])
  assert.ok(answers.length >= 10)
  assert.deepEqual([limited.body['code'], limited.body['name'], limited.headers.get('ratelimit-remaining'), limited.headers.get('retry-after')], ['rate_limit_exceeded', 'rate_limit_exceeded', '0', '1'])
  assert.match(String(limited.body['detail']), /^Too many requests: this key may make 1 a second, and 10 at once\. /)
  assert.match(limited.headers.get('content-type') ?? '', /^application\/problem\+json/)
  assert.equal((await house.ask(await house.key(house.home), '/v1/usage')).status, 200)
})

test('an organization with many keys is limited, too, and faults count as well', async () => {
  const keys = await Promise.all([1, 2, 3, 4].map(() => house.key(house.budi.organization)))
  const told: string[] = []
  for (let round = 0; round < MANY && !told.some((detail) => detail.includes('your organization')); round++) {
    for (const key of keys) {
      const { status, body, headers } = await house.ask(key, '/v1/nothing')
      assert.ok(status === 429 || (status === 404 && headers.has('ratelimit-remaining')), String(status))
      if (status === 429) told.push(String(body['detail']))
    }
  }
  assert.match(told.find((detail) => detail.includes('your organization')) ?? '', /^Too many requests: your organization, with all its keys and people may make 2 a second, and 20 at once\. /)
})

test('sending has a limit of its own, and whoever needs no key is counted by his network', async () => {
  const key = await house.key(house.ani.organization)
  await untilLimited(key, '/v1/usage')
  const sent = await house.ask(key, '/v1/emails', { json: { from: 'ani@home.example', to: 'cici@far.example', subject: 'Halo', text: 'Halo' } })
  assert.deepEqual([sent.status, sent.headers.get('ratelimit-limit')], [202, '10000'])
  assert.deepEqual([(await house.ask(key, '/v1/emails', { json: {} })).status, (await house.ask(key, '/v1/emails', { json: {} })).headers.has('ratelimit-remaining')], [422, true])
  const { limited } = await untilLimited('', '/v1')
  assert.match(String(limited.body['detail']), /your network may make 1 a second/)
  assert.equal((await house.ask('', '/v1', { address: '192.0.2.7' })).status, 200)
})
