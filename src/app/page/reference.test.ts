import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { filesBelow, root } from '../../../test/tidy/source.ts'
import { FAULTS } from './faults.ts'
import { referencePage } from './reference.ts'

const DOCUMENT = {
  info: { title: 'Merpati', version: '1' },
  paths: {
    '/v1/things/{id}': {
      patch: {
        summary: 'Change <a> thing',
        parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', description: 'Whose?' } }],
        requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } },
        responses: { 200: { description: 'The thing', content: { 'application/json': { schema: { $ref: '#/components/schemas/Thing' } } } } },
      },
    },
  },
  components: { schemas: { Thing: { type: 'object', required: ['kind'], properties: { kind: { enum: ['one', 'other'] }, parts: { type: 'array', items: { $ref: '#/components/schemas/Thing' } } } } } },
}

test('every route stands on the page with its parameters, fields and a line to paste', () => {
  const page = referencePage(DOCUMENT)
  for (const part of ['/v1/things/{id}', 'Change &#60;a&#62; thing', 'Whose?', 'one | other', '<code>parts[].kind</code>', '200: The thing', 'curl -X PATCH -H &#34;Authorization: Bearer $KEY&#34;', '{&#34;kind&#34;:&#34;one&#34;}', '/v1/things/ID']) assert.ok(page.includes(part), part)
})

test('a page is well formed: what is opened is closed, nothing is loaded and nothing runs', () => {
  const page = referencePage(DOCUMENT)
  for (const tag of ['table', 'details', 'article', 'section', 'main', 'nav', 'tr', 'td', 'code']) assert.equal(page.split(`<${tag}`).length, page.split(`</${tag}>`).length, tag)
  assert.doesNotMatch(page, /<script|<link|<img|src=|url\(|@import/)
})

test('every code that a problem may have is explained once, and no other', () => {
  const sources = filesBelow('src').filter((path) => path.endsWith('.ts') && !path.endsWith('.test.ts') && !path.endsWith('/faults.ts')).map((path) => readFileSync(join(root, path), 'utf8'))
  const codes = new Set(sources.flatMap((text) => [...text.matchAll(/(?:new Problem\(|: \[)\d{3}, '([a-z_]+)'/g)].map(([, code]) => String(code))))
  const known = FAULTS.map(({ code }) => code)
  assert.deepEqual([...codes].filter((code) => !known.includes(code)), [])
  assert.equal(new Set(known).size, known.length)
  const all = sources.join('\n')
  assert.deepEqual(known.filter((code) => !all.includes(`'${code}'`)), [])
})
