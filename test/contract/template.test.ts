import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { OrganizationId } from '../../src/base/brand.ts'
import type { TemplateContent } from '../../src/core/template/content.ts'
import { MAX_VERSIONS } from '../../src/core/template/limits.ts'
import { changeTemplate, type ChangeTemplateArgs, createTemplate, publishTemplate, removeTemplate, templateContent, templateNamed, templatesAfter } from '../../src/core/template/sql.ts'
import { openTestDatabase } from '../support/database.ts'
import { NOW_MS } from '../support/people.ts'

const O1 = 'o1' as OrganizationId
const O2 = 'o2' as OrganizationId
const content = (subject: string): TemplateContent => ({ subject, html: null, text: 'x', from: null, replyTo: [], variables: [], locales: {} })
const args = (over: Partial<ChangeTemplateArgs> = {}): ChangeTemplateArgs => ({ organization: O1, id: 't1', alias: 'welcome', name: 'Welcome', content: content('1'), from: 1, nowMs: NOW_MS, ...over })

test('a template is found by id and alias in its organization, and nowhere else', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  assert.equal(await db.write(createTemplate, args()), true)
  assert.equal(await db.write(createTemplate, args({ id: 't2' })), false)
  assert.equal(await db.write(createTemplate, args({ organization: O2, id: 't3' })), true)
  assert.equal(await db.write(createTemplate, args({ id: 't4', alias: null })), true)
  assert.equal((await templateNamed(db, O1, 'welcome'))?.id, 't1')
  assert.equal((await templateNamed(db, O1, 't1'))?.alias, 'welcome')
  assert.equal(await templateNamed(db, O2, 't1'), null)
  assert.deepEqual((await templatesAfter(db, O1, '', 10)).map(({ id }) => id), ['t1', 't4'])
  assert.deepEqual((await templatesAfter(db, O1, 't1', 10)).map(({ id }) => id), ['t4'])
  assert.equal(await db.write(changeTemplate, args({ id: 't4' })), 'taken')
  assert.equal(await db.write(changeTemplate, args({ organization: O2 })), 'none')
  assert.equal(await db.write(publishTemplate, { organization: O2, id: 't1', nowMs: NOW_MS }), null)
  assert.equal(await db.write(removeTemplate, { organization: O2, id: 't1' }), false)
  assert.equal(await db.write(removeTemplate, { organization: O1, id: 't1' }), true)
  assert.equal(await templateContent(db, { organization: O1, id: 't1', version: 1 }), null)
})

test('the published version outlives the drafts after it', async () => {
  await using opened = await openTestDatabase()
  const { db } = opened
  await db.write(createTemplate, args())
  assert.equal(await db.write(publishTemplate, { organization: O1, id: 't1', nowMs: NOW_MS }), 1)
  for (let version = 2; version <= MAX_VERSIONS + 3; version++) assert.equal(await db.write(changeTemplate, args({ content: content(String(version)), from: version - 1 })), 'changed')
  assert.equal(await db.write(changeTemplate, args({ from: MAX_VERSIONS + 2 })), 'moved')
  const { published, latest } = (await templateNamed(db, O1, 't1')) ?? {}
  assert.deepEqual([published, latest], [1, MAX_VERSIONS + 3])
  const said = async (version: number): Promise<string | undefined> => (await templateContent(db, { organization: O1, id: 't1', version }))?.subject
  assert.deepEqual([await said(1), await said(2), await said(3), await said(4), await said(MAX_VERSIONS + 3)], ['1', undefined, undefined, '4', String(MAX_VERSIONS + 3)])
})
