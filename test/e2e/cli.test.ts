import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startDemo } from '../support/server.ts'

test('organizations, domains, accounts and aliases are made, listed and removed beside a running server', async () => {
  await using demo = await startDemo()
  const ok = async (args: readonly string[], input?: string): Promise<unknown> => {
    const { code, stdout, stderr } = await demo.cli([...args, '--json'], input)
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`)
    return JSON.parse(stdout)
  }
  const refused = async (args: readonly string[], input?: string): Promise<string> => {
    const { code, stderr } = await demo.cli(args, input)
    assert.equal(code, 1, args.join(' '))
    return stderr
  }
  await ok(['organization', 'add', 'Toko'])
  assert.match(await refused(['organization', 'add', 'Toko']), /an organization is named Toko already/)
  assert.match(await refused(['domain', 'list']), /several organizations: say which with --organization/)
  await ok(['domain', 'add', 'toko.test', '--organization', 'Toko'])
  await ok(['account', 'add', 'citra@toko.test', '--organization', 'Toko', '--quota', '5'], 'rahasia sekali\n')
  assert.match(await refused(['account', 'add', 'citra@toko.test', '--organization', 'Toko'], 'x\n'), /citra@toko\.test is taken/)
  assert.match(await refused(['account', 'add', 'x@else.test', '--organization', 'Toko'], 'x\n'), /we do not receive for else\.test/)
  await ok(['alias', 'add', 'info@toko.test', 'citra@toko.test', 'ani@merpati.test', '--organization', 'Toko'])
  await ok(['alias', 'add', '@toko.test', 'citra@toko.test', '--organization', 'Toko'])
  assert.deepEqual(await ok(['alias', 'list', '--organization', 'Toko']), [
    { address: '@toko.test', targets: ['citra@toko.test'] },
    { address: 'info@toko.test', targets: ['citra@toko.test', 'ani@merpati.test'] },
  ])
  const [account] = (await ok(['account', 'list', '--organization', 'Toko'])) as { login: string; quota_bytes: number }[]
  assert.deepEqual([account?.login, account?.quota_bytes], ['citra@toko.test', 5 * 1024 * 1024])
  assert.match(await refused(['domain', 'remove', 'toko.test', '--organization', 'Toko']), /still has addresses/)
  await ok(['alias', 'remove', '@toko.test'])
  assert.match(await refused(['alias', 'remove', '@toko.test']), /there is no alias/)
})

test('a trace tells the story of a message by its id, an address and its Message-ID', async () => {
  await using demo = await startDemo()
  const byAddress = await demo.cli(['trace', 'kabar@kopi.test', '--json'])
  const [event] = JSON.parse(byAddress.stdout) as { type: string; message: string; data: { recipients: { address: string; outcome: string }[] } }[]
  assert.equal(event?.type, 'mail.arrived')
  assert.deepEqual(event?.data.recipients.map(({ address, outcome }) => [address, outcome]), [['ani@merpati.test', 'delivered']])
  const byId = await demo.cli(['trace', event?.message ?? ''])
  assert.match(byId.stdout, /mail\.arrived/)
  assert.match(byId.stdout, /reply +250 2\.0\.0 Ok/)
  const nothing = await demo.cli(['trace', 'nobody@nowhere.test'])
  assert.deepEqual([nothing.code, nothing.stderr], [1, 'merpati: nothing is known of nobody@nowhere.test\n'])
})
