import assert from 'node:assert/strict'
import { test } from 'node:test'
import { scanFetchItems } from './fetch-items.ts'
import { Scanner } from './scanner.ts'

test('the answer names a section without the plus of a literal: only clients may send that', () => {
  const s = new Scanner('BODY.PEEK[HEADER.FIELDS ({7+}\r\nSubject {4}\r\nDate)]', { utf8: false })
  const [item] = scanFetchItems(s)
  assert.equal(s.fault, null)
  assert.equal(item !== undefined && 'label' in item && item.label, 'BODY[HEADER.FIELDS ({7}\r\nSubject {4}\r\nDate)]')
})

test('a field name with a line end is refused: it could pass for the length of a literal', () => {
  const s = new Scanner('BODY[HEADER.FIELDS ({5}\r\n{9}\r\n)]', { utf8: false })
  scanFetchItems(s)
  assert.match(s.fault ?? '', /control characters/)
})
