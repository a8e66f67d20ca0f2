import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDemo } from '../support/server.ts'

test('entries of the allow and deny lists are added, listed and removed beside a running server', async () => {
  await using demo = await startDemo()
  const ok = async (...args: readonly string[]): Promise<unknown> => {
    const { code, stdout, stderr } = await demo.cli(['filter', ...args, '--json'])
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }
  const refused = async (wanted: number, ...args: readonly string[]): Promise<string> => {
    const { code, stderr } = await demo.cli(['filter', ...args])
    assert.equal(code, wanted, args.join(' '))
    return stderr
  }
  assert.partialDeepStrictEqual(await ok('deny', 'add', 'net', '192.0.2.7/24', '--platform', '--comment', 'scans us', '--days', '30'), { owner: 'the platform', kind: 'net', value: '192.0.2.0/24', action: 'reject', hits: 0, comment: 'scans us' })
  await Promise.all([
    ok('deny', 'add', 'from', 'Spam@Far.example', '--domain', 'merpati.test', '--action', 'junk', '--author', 'ani'), ok('allow', 'add', 'signer', '*.near.example', '--account', 'ani@merpati.test'),
  ])
  const [all, ofDomain, stale, ofAccount] = (await Promise.all([
    ok('deny', 'list'), ok('deny', 'list', '--domain', 'merpati.test'), ok('deny', 'list', '--stale'), ok('allow', 'list', '--account', 'ani@merpati.test'),
  ])) as { kind: string; value: string; action: string }[][]
  assert.deepEqual(all?.map(({ kind, value, action }) => [kind, value, action]), [['net', '192.0.2.0/24', 'reject'], ['from', 'spam@far.example', 'junk']])
  assert.deepEqual([ofDomain?.length, stale?.length, ofAccount?.length], [1, 0, 1])

  const wrong: readonly (readonly [number, RegExp, readonly string[]])[] = [
    [2, /one of --platform, --domain and --account/, ['deny', 'add', 'net', '192.0.2.0/24']],
    [2, /want a length from 8 to 32/, ['deny', 'add', 'net', '0.0.0.0/0', '--platform']],
    [2, /Allowed choices are net/, ['deny', 'add', 'asn', '64496', '--platform']],
    [1, /we do not receive for else\.test/, ['allow', 'add', 'ehlo', 'mx.far.example', '--domain', 'else.test']],
    [1, /there is no account/, ['allow', 'add', 'ehlo', 'mx.far.example', '--account', 'nobody@merpati.test']],
    [2, /a trap is one address of a domain/, ['trap', 'add', 'recipient', 'merpati.test', '--domain', 'merpati.test']],
    [2, /Allowed choices are net, envelope/, ['forwarder', 'add', 'from', 'a@far.example', '--platform']],
    [2, /say whose: --domain or --account/, ['score', 'set', '--junk', '4']],
    [2, /say which: --reject, --junk or --tag/, ['score', 'set', '--domain', 'merpati.test']],
    [1, /has no scores of its own/, ['score', 'remove', '--domain', 'merpati.test']],
    [1, /not on the allow list/, ['allow', 'remove', 'net', '192.0.2.0/24', '--platform']],
  ]
  await Promise.all(wrong.map(async ([code, says, args]) => assert.match(await refused(code, ...args), says)))

  assert.deepEqual(await ok('score', 'set', '--domain', 'merpati.test', '--junk', '4.5'), { owner: 'merpati.test', reject: null, junk: 4.5, tag: null })
  assert.deepEqual(await ok('score', 'list'), [{ owner: 'merpati.test', reject: null, junk: 4.5, tag: null }])
  await ok('deny', 'remove', 'net', '192.0.2.9/24', '--platform')
  assert.deepEqual(((await ok('deny', 'list')) as unknown[]).length, 1)
})
