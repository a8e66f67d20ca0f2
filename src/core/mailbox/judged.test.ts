import assert from 'node:assert/strict'
import { test } from 'node:test'
import { saidByChange, saidByKeywords, saidByMove } from './judged.ts'

test('a move says something when it goes into Junk, or out of it to anywhere but Trash', () => {
  assert.equal(saidByMove('inbox', 'junk'), 'junk')
  assert.equal(saidByMove('trash', 'junk'), 'junk')
  assert.equal(saidByMove('junk', 'inbox'), 'not-junk')
  assert.equal(saidByMove('junk', null), 'not-junk')
  for (const [from, to] of [['junk', 'trash'], ['junk', 'junk'], ['inbox', 'archive'], [null, null]] as const) assert.equal(saidByMove(from, to), null)
})

test('marks are known in every spelling, and both at once are none', () => {
  for (const keyword of ['$Junk', '$JUNK', 'Junk']) assert.equal(saidByKeywords(['x', keyword]), 'junk')
  for (const keyword of ['$NotJunk', 'NonJunk', 'NotJunk']) assert.equal(saidByKeywords([keyword]), 'not-junk')
  assert.equal(saidByKeywords(['$Junk', '$NotJunk']), null)
  assert.equal(saidByKeywords(['__proto__', 'constructor']), null)
})

test('what is added counts, also beside its contrary; taking the mark of junk away takes it back; replacing says nothing', () => {
  assert.equal(saidByChange([], ['$Junk'], 'add'), 'junk')
  assert.equal(saidByChange(['$Junk'], ['$Junk', 'Junk'], 'add'), null)
  assert.equal(saidByChange(['$Junk'], ['$Junk', '$NotJunk'], 'add'), 'not-junk')
  assert.equal(saidByChange(['$Junk', '$NotJunk'], ['$NotJunk'], 'remove'), null)
  assert.equal(saidByChange(['$Junk'], [], 'remove'), 'not-junk')
  assert.equal(saidByChange(['$Junk', 'Junk'], ['Junk'], 'remove'), null)
  assert.equal(saidByChange(['$NotJunk'], [], 'remove'), null)
  assert.equal(saidByChange(['$Junk'], ['x'], 'replace'), null)
  assert.equal(saidByChange([], ['$Junk'], 'replace'), 'junk')
})
