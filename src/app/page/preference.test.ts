import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { isBroadcast } from '../../core/organization/stream/name.ts'
import type { Choice, Held } from '../../core/track/preference.ts'
import type { Preferences } from '../../core/track/sql-preference.ts'
import { maskedAddress, PREFERENCE_FIELDS, preferenceAnswer, sayingAnswer } from './preference.ts'
import { FORM_MARK, readWish } from './preference-form.ts'
import { NOTES, SAYINGS } from './preference-words.ts'

const TYPE = 'application/x-www-form-urlencoded'
const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '', '\0', '\ud800', '"><script>alert(1)</script>', 'http://evil.example/'))
const held = fc.constantFrom<Held>('on', 'off', 'fixed')
const titles = fc.oneof(fc.record({ en: text }), fc.record({ id: text }), fc.record({ en: text, id: text }))
const choice = fc.record({ stream: fc.constantFrom<Choice['stream']>('broadcast', 'broadcast.weekly'), named: fc.option(fc.record({ title: titles, description: fc.oneof(titles, fc.constant({})) })), held, isOwn: fc.boolean() })
const preferences: fc.Arbitrary<Preferences> = fc.record({ address: text, organization: fc.option(text), all: held, streams: fc.tuple(choice, fc.array(choice, { maxLength: 3 })).map(([first, more]) => [first, ...more] as const) })

test('every page is whole in both languages, labels what it asks, loads nothing and leads nowhere else', () => {
  const check = (html: string, language: 'en' | 'id'): void => {
    assert.ok(html.startsWith(`<!doctype html>\n<html lang="${language}">`))
    assert.equal(html.match(/<h1>/g)?.length, 1)
    // Whatever others have named is text: each tag is one of ours, and each address is our own.
    for (const [, tag = ''] of html.matchAll(/<\/?([^\s>]*)/g)) assert.ok(['!doctype', 'html', 'head', 'meta', 'title', 'style', 'body', 'main', 'h1', 'bdi', 'p', 'form', 'input', 'fieldset', 'legend', 'div', 'label', 'button', 'footer', 'a'].includes(tag), tag)
    for (const [, url = ''] of html.matchAll(/<[^>]* (?:href|action|src)="([^"]*)"/g)) assert.match(url, /^\?lang=(?:en|id)$/)
    for (const [, id = ''] of html.matchAll(/<input type="checkbox" id="(\w+)"/g)) assert.equal(html.split(`<label for="${id}">`).length, 2)
    for (const [, id = ''] of html.matchAll(/ aria-describedby="(\w+)"/g)) assert.equal(html.split(` id="${id}"`).length, 2)
    assert.ok(html.isWellFormed())
  }
  fc.assert(fc.property(preferences, fc.constantFrom('en', 'id'), fc.constantFrom(null, ...Object.values(NOTES)), (shown, language, note) => {
    const { headers, body } = preferenceAnswer(200, shown, note, language)
    assert.equal(headers, PREFERENCE_FIELDS)
    check(String(body), language)
  }))
  for (const saying of Object.keys(SAYINGS) as readonly (keyof typeof SAYINGS)[]) for (const language of ['en', 'id'] as const) check(String(sayingAnswer(200, saying, language).body), language)
})

test('only the style of the page itself may be used, nobody frames or keeps it, and its address goes nowhere', () => {
  const { headers, body } = sayingAnswer(200, 'done', 'en')
  const style = createHash('sha256').update(/<style>(.*?)<\/style>/s.exec(String(body))?.[1] ?? '').digest('base64')
  assert.equal(headers?.['content-security-policy'], `default-src 'none'; style-src 'sha256-${style}'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`)
  assert.deepEqual(['referrer-policy', 'cache-control', 'x-frame-options', 'x-content-type-options'].map((name) => headers?.[name]), ['no-referrer', 'no-store, private', 'DENY', 'nosniff'])
})

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (color: string): number => {
    const hex = color.length === 4 ? color.replace(/[0-9a-f]/g, '$&$&') : color
    const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    return 0.2126 * r + 0.7152 * g + 0.0722 * blue
  }
  const [low = 0, high = 0] = [luminance(a), luminance(b)].toSorted((x, y) => x - y)
  return (high + 0.05) / (low + 0.05)
}

test('what is read and pressed stands out in the light and in the dark', () => {
  const html = String(sayingAnswer(200, 'done', 'en').body)
  const colors = [...html.matchAll(/#[0-9a-f]{3,6}\b/g)].map(([color]) => color)
  const [light, dark] = [['#fff', '#1b1b1b', '#454545', '#0b5c43'], ['#15181b', '#ececec', '#c4c8cc', '#7fd1b0']]
  for (const [ground = '', ...inks] of [light, dark]) for (const ink of inks) assert.ok(colors.includes(ink) && contrast(ground, ink) >= 7, `${ink} on ${ground}`)
  assert.ok(contrast('#7fd1b0', '#06251a') >= 7 && contrast('#0b5c43', '#fff') >= 7)
  for (const [ground, edge] of [['#fff', '#767676'], ['#15181b', '#767676'], ['#fff', '#b45309'], ['#15181b', '#f5b942']] as const) assert.ok(contrast(ground, edge) >= 3, `${edge} on ${ground}`)
})

test('an address is known to its owner by its first letter and its domain, and to nobody else', () => {
  assert.deepEqual(['cici@far.example', 'c@far.example', '😀x@far.example', '"a@b"@far.example', 'nobody', ''].map(maskedAddress), ['c…@far.example', 'c…@far.example', '😀…@far.example', '"…@far.example', '…', '…'])
  fc.assert(fc.property(text, fc.domain(), (local, domain) => maskedAddress(`${local}@${domain}`).length <= domain.length + 4))
})

test('whatever is posted is one click, unless it is a form of ours, which is read to the letter or not at all', () => {
  fc.assert(fc.property(fc.oneof(fc.uint8Array(), text.map((each) => Buffer.from(each)), text.map((each) => Buffer.from(`${FORM_MARK}&${each}`))), fc.option(fc.oneof(fc.constant(TYPE), text), { nil: undefined }), (body, type) => {
    const wish = readWish(type, body)
    const isOurs = /^form=preferences(?:&|$)/.test(Buffer.from(body).toString('latin1'))
    assert.equal(wish?.kind === 'stop' && wish.by === 'one-click', !isOurs && Buffer.from(body).toString('latin1') !== 'confirm=page')
  }))
  const stream = fc.stringMatching(/^broadcast(?:\.[a-z0-9]{1,30})?$/)
  fc.assert(fc.property(fc.uniqueArray(fc.tuple(stream, fc.boolean(), fc.boolean()), { maxLength: 51, selector: ([name]) => name }), (boxes) => {
    const fields = boxes.flatMap(([name, was, now]) => [`was.${name}=${was ? 'on' : 'off'}`, ...(now ? [`want.${name}=on`] : [])])
    const wish = readWish(TYPE, Buffer.from([FORM_MARK, ...fields, 'do=save'].join('&')))
    assert.ok(wish?.kind === 'choose')
    assert.deepEqual([...wish.changes], boxes.filter(([, was, now]) => was !== now).map(([name, , now]) => [name, now ? 'on' : 'off']))
  }))
  for (const [body, wish] of [['confirm=page', { kind: 'stop', by: 'page' }], [`${FORM_MARK}&do=all`, { kind: 'stop-all' }], ['form=preferencesx&do=all', { kind: 'stop', by: 'one-click' }]] as const) assert.deepEqual(readWish(TYPE, Buffer.from(body)), wish)
})

test('a form is read in time that grows with it alone, and holds streams that go to many', () => {
  for (const body of ['&'.repeat(16_000), 'was.'.repeat(4_000), `${FORM_MARK}${'&was.broadcast.a=on'.repeat(120)}&do=save`, `${FORM_MARK}&${'%'.repeat(16_000)}`]) {
    const wish = readWish(TYPE, Buffer.from(body))
    assert.ok(wish === null || wish.kind !== 'choose' || [...wish.changes.keys()].every(isBroadcast))
  }
})

