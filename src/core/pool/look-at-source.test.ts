import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Answer } from '../../base/dns.ts'
import { believed, lookAtSource, type SourceQuestions, UNCHECKED } from './look-at-source.ts'

const SOURCE = { address: '198.51.100.7', family: 'v4', ehlo: 'Out1.example.org' } as const
const NEVER = new AbortController().signal

function found(...records: readonly string[]): Answer<string> {
  return { kind: 'found', records, name: '', aliases: [], authentic: false, ttlMs: 0, stale: false }
}

const NONE: Answer<string> = { kind: 'none', why: 'nxdomain', name: '', aliases: [], authentic: false, ttlMs: 0 }
const SILENT: Answer<string> = { kind: 'failed', why: 'timeout', detail: '' }

function questions(over: { readonly ptr?: Answer<string>; readonly addresses?: Answer<string>; readonly listed?: Awaited<ReturnType<SourceQuestions['listed']>> } = {}): SourceQuestions {
  const { ptr = found('out1.example.org.'), addresses = found('198.51.100.7'), listed = 'unlisted' } = over
  return { ptr: async () => ptr, addresses: async () => addresses, listed: async () => listed }
}

test('a source is in order when its reverse DNS leads back to it, is what it says in EHLO, and no list holds it', async () => {
  const checks = await lookAtSource(SOURCE, questions(), NEVER)
  assert.deepEqual([checks.reverse, checks.ehlo, checks.unlisted], ['ok', 'ok', 'ok'])
})

test('each thing that is wrong is told by itself, and what DNS does not say is unknown', async () => {
  const cases: readonly (readonly [Parameters<typeof questions>[0], ...(readonly string[])])[] = [
    [{ ptr: NONE }, 'failed', 'unknown', 'ok'],
    [{ ptr: SILENT }, 'unknown', 'unknown', 'ok'],
    [{ addresses: NONE }, 'failed', 'unknown', 'ok'],
    [{ addresses: SILENT }, 'unknown', 'unknown', 'ok'],
    [{ ptr: found('other.example.org') }, 'ok', 'failed', 'ok'],
    [{ ptr: found('other.example.org', 'out1.example.org') }, 'ok', 'ok', 'ok'],
    [{ listed: 'listed' }, 'ok', 'ok', 'failed'],
    [{ listed: 'unknown' }, 'ok', 'ok', 'unknown'],
  ]
  for (const [over, ...wanted] of cases) {
    const { reverse, ehlo, unlisted } = await lookAtSource(SOURCE, questions(over), NEVER)
    assert.deepEqual([reverse, ehlo, unlisted], wanted, JSON.stringify(over))
  }
})

test('an IPv6 address is found however it is written', async () => {
  const checks = await lookAtSource({ ...SOURCE, address: '2001:DB8:0:0::7', family: 'v6' }, questions({ addresses: found('2001:db8::7') }), NEVER)
  assert.equal(checks.reverse, 'ok')
})

test('a failure is believed the second time, silence changes nothing, and one good answer ends it', () => {
  const good = { ...UNCHECKED, reverse: 'ok' } as const
  const bad = { ...UNCHECKED, reverse: 'failed' } as const
  const first = believed(believed(null, good, 1), bad, 2)
  assert.deepEqual([first.checks.reverse, first.suspect], ['ok', ['reverse']])
  const silent = believed(first, UNCHECKED, 3)
  assert.deepEqual([silent.checks.reverse, silent.suspect], ['ok', ['reverse']])
  const second = believed(silent, bad, 4)
  assert.deepEqual([second.checks.reverse, second.suspect], ['failed', []])
  assert.equal(believed(second, UNCHECKED, 5).checks.reverse, 'failed')
  assert.deepEqual(believed(second, good, 6), { checks: good, suspect: [], atMs: 6 })
  // What was never in order is not waited for.
  assert.deepEqual(believed(null, bad, 7), { checks: bad, suspect: [], atMs: 7 })
  assert.equal(believed(believed(null, UNCHECKED, 8), bad, 9).checks.reverse, 'failed')
})
