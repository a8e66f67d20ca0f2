import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryDns, type MemoryEntry } from '../../../../test/support/dns/memory.ts'
import { authorDomains } from '../../../proto/dmarc/author.ts'
import { evaluateDmarc } from '../../../proto/dmarc/evaluate.ts'
import { TreeWalks } from '../../../proto/dmarc/walk.ts'
import type { DkimFinding } from '../../../proto/dkim/finding.ts'
import { scanHeader } from '../../../proto/mail/header-scan.ts'
import { bimiMethod, type BimiOutcome, lookUpBimi } from './bimi.ts'

const signal = new AbortController().signal
const LOGO: MemoryEntry = { TXT: ['v=BIMI1; l=https://toko.example/logo.svg'] }
const REJECT: MemoryEntry = { TXT: ['v=DMARC1; p=reject'] }

/** What is found for a message of this author, signed by its domain over these fields. */
async function found(author: string, names: Readonly<Record<string, MemoryEntry>>, { selector = '', covered = ['from', 'bimi-selector'], signer = author }: { readonly selector?: string; readonly covered?: readonly string[]; readonly signer?: string } = {}): Promise<BimiOutcome> {
  const dns = new MemoryDns(names)
  const bytes = Buffer.from(`From: promo@${author}\r\n${selector === '' ? '' : `BIMI-Selector: ${selector}\r\n`}\r\n`)
  const dkim: readonly DkimFinding[] = [{ result: 'pass', reason: null, domain: signer, selector: 's', identity: null, algorithm: 'ed25519-sha256', prefix: null, keyBits: null, testing: false, names: covered }]
  const walks = new TreeWalks((name) => dns.txt(name), signal)
  const dmarc = await evaluateDmarc({ authors: authorDomains(`promo@${author}`), spf: null, dkim }, walks)
  return await lookUpBimi(dns, { dmarc, dkim }, scanHeader(bytes), bytes, walks, signal)
}

test('a domain that vouches for its mail and protects it shows its logo, its own or that of its organization', async () => {
  assert.deepEqual(await found('toko.example', { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': LOGO }), { result: 'pass', domain: 'toko.example', selector: 'default' })
  const below = { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': LOGO }
  assert.deepEqual(await found('news.toko.example', below), { result: 'pass', domain: 'toko.example', selector: 'default' })
  assert.deepEqual(await found('news.toko.example', { ...below, 'default._bimi.news.toko.example': { TXT: ['v=BIMI1; l=; a=;'] } }), { result: 'declined', domain: 'news.toko.example', selector: 'default' })
  assert.deepEqual(await found('toko.example', { '_dmarc.toko.example': REJECT }), { result: 'none', domain: 'toko.example', selector: 'default' })
  assert.equal((await found('toko.example', { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': { TXT: ['v=BIMI1; l=http://toko.example/logo.svg'] } })).result, 'fail')
})

test('a selector counts when the author has signed it', async () => {
  const names = { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': LOGO, 'biru._bimi.toko.example': LOGO }
  assert.equal((await found('toko.example', names, { selector: 'v=BIMI1; s=biru' })).selector, 'biru')
  assert.equal((await found('toko.example', names, { selector: 'v=BIMI1; s=biru', covered: ['from'] })).selector, 'default')
  assert.equal((await found('toko.example', names, { selector: 'v=BIMI1; s=a.b' })).selector, 'default')
})

test('nobody asks for the logo of a domain that lets others write in its name', async () => {
  const policies = ['p=none', 'p=reject; sp=none', 'p=reject; t=y', 'p=quarantine; pct=50', 'p=quarantine;pct=0;']
  for (const policy of policies) assert.equal((await found('toko.example', { '_dmarc.toko.example': { TXT: [`v=DMARC1; ${policy}`] }, 'default._bimi.toko.example': LOGO })).result, 'skipped', policy)
  for (const policy of ['p=quarantine', 'p=quarantine; pct=100', 'p=reject; pct=10', 'p=reject; sp=quarantine']) {
    assert.equal((await found('toko.example', { '_dmarc.toko.example': { TXT: [`v=DMARC1; ${policy}`] }, 'default._bimi.toko.example': LOGO })).result, 'pass', policy)
  }
  const open = { '_dmarc.news.toko.example': REJECT, '_dmarc.toko.example': { TXT: ['v=DMARC1; p=none'] }, 'default._bimi.news.toko.example': LOGO }
  assert.equal((await found('news.toko.example', open)).result, 'skipped')
  assert.equal((await found('toko.example', { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': LOGO }, { signer: 'lain.example' })).result, 'skipped')
})

test('DNS that does not answer is told, and says nothing', async () => {
  const silent = await found('toko.example', { '_dmarc.toko.example': REJECT, 'default._bimi.toko.example': { trouble: 'timeout' } })
  assert.deepEqual([silent.result, bimiMethod(silent).properties], ['temperror', [['header.d', 'toko.example'], ['header.selector', 'default']]])
  assert.deepEqual(bimiMethod({ result: 'skipped', domain: null, selector: 'default' }), { method: 'bimi', result: 'skipped', reason: null, properties: [] })
})
