import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { silentLog } from '../../base/log.ts'
import { Unavailable } from '../../base/unavailable.ts'
import { escapeHtml, languageOf, orLater, pageAnswer } from './frame.ts'
import { FAULTS, forgotPage, resetPage, SAYING, signupPage } from './words.ts'

const pages = [signupPage({ organization: '"><script>', address: "'&" }, FAULTS.address), forgotPage('', null), resetPage(FAULTS.password), ...Object.values(SAYING)]

test('every page is complete in both languages, labels its fields, and allows nothing but its own style', () => {
  for (const page of pages) {
    for (const language of ['en', 'id'] as const) {
      const { headers, body } = pageAnswer(200, page, language)
      const html = String(body)
      assert.match(html, new RegExp(`^<!doctype html>\\n<html lang="${language}">`))
      assert.equal(html.match(/<h1>/g)?.length, 1)
      assert.doesNotMatch(html, /<script|javascript:|\son\w+=|style=/)
      for (const [, id = ''] of html.matchAll(/<input id="(\w+)"/g)) assert.ok(html.includes(`<label for="${id}">`))
      for (const [, id = ''] of html.matchAll(/aria-describedby="([\w-]+)"/g)) assert.ok(html.includes(`id="${id}"`))
      const style = createHash('sha256').update(/<style>(.*?)<\/style>/s.exec(html)?.[1] ?? '').digest('base64')
      assert.ok(headers?.['content-security-policy']?.includes(`style-src 'sha256-${style}';`))
    }
  }
})

test('whatever somebody typed is text in HTML, also between quotes', () => {
  fc.assert(fc.property(fc.string(), (text) => assert.doesNotMatch(escapeHtml(text), /[<>"']|&(?!#\d+;)/)))
})

test('the language is what the address says, then what the browser prefers, then English', () => {
  const language = (query: string, accepts?: string): string => languageOf(new URLSearchParams(query), accepts)
  assert.deepEqual([language('lang=id'), language('lang=xx', 'id-ID,en;q=0.5'), language('lang=en', 'id'), language(''), language('', 'en, id'), language('', 'en;q=0.5, id;q=0.8'), language('', 'fr, id-ID;q=0.9, en;q=0.8'), language('', 'id;q=0, fr'), language('', 'ID')], ['id', 'id', 'en', 'en', 'en', 'id', 'id', 'en', 'id'])
  fc.assert(fc.property(fc.string(), (accepts) => ['en', 'id'].includes(language('', accepts))))
})

test('a silent database is a page that asks to come back, and a bug stays one', async () => {
  const answer = await orLater(Promise.reject(new Unavailable('database')), 'id', silentLog)
  assert.deepEqual([answer.status, answer.headers?.['retry-after'], /Silakan coba/.test(String(answer.body))], [503, '5', true])
  await assert.rejects(orLater(Promise.reject(new Error('bug')), 'en', silentLog), /bug/)
})
