import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { TemplateContent } from './content.ts'
import { PREFERENCES_URL } from './preferences-url.ts'
import { Renderer, type Values } from './render.ts'

const renderer = new Renderer()
const content = (over: Partial<TemplateContent>): TemplateContent => ({ subject: 'Halo {{ name }}', html: null, text: null, from: null, replyTo: [], variables: [], locales: {}, ...over })

function shown(over: Partial<TemplateContent>, values: Values = {}, locale: string | null = null): string {
  const rendered = renderer.render(content({ subject: '', ...over }), locale, values)
  if (rendered.ok) return [rendered.value.subject, rendered.value.html, rendered.value.text].filter((part) => part !== null && part !== '').join('|')
  return rendered.error.map(({ field, code }) => `${field} ${code}`).join(',')
}

test('what is given stands in HTML escaped, and in text as it is', () => {
  const values = { name: '<b>Budi & "Ani"</b>' }
  assert.equal(shown({ html: '{{ name }}', text: '{{ name }}' }, values), '&lt;b&gt;Budi &amp; &#34;Ani&#34;&lt;/b&gt;|<b>Budi & "Ani"</b>')
  assert.equal(shown({ html: '{{ name | raw }}' }, values), values.name)
  assert.equal(shown({ html: '{{{ name }}}', text: '{{{name}}}' }, { name: '&' }), '&amp;|&')
  assert.equal(shown({ text: '{% for each in list %}{{ each.a }},{% endfor %}' }, { list: [{ a: 1 }, { a: 2 }] }), '1,2,')
})

test('the address of the preference page is always there, unless the template or the message has a word of its own for that', () => {
  const over = { html: '<a href="{{ preferences_url }}">x</a>', text: '{{preferences_url}}' }
  assert.equal(shown(over), `<a href="${PREFERENCES_URL}">x</a>|${PREFERENCES_URL}`)
  assert.equal(shown({ subject: '{{ preferences_url }}' }), 'subject render_failed')
  assert.equal(shown({ text: '{{ preferences_url }}' }, { preferences_url: 'own' }), 'own')
  assert.equal(shown({ text: '{{ preferences_url }}', variables: [{ key: 'preferences_url', type: 'string', fallback: 'ours' }] }), 'ours')
})

test('a subject stays one line whatever is given', () => {
  assert.equal(shown({ subject: 'Halo {{ name }}' }, { name: 'Budi\r\nBcc: x@y.example' }), 'Halo Budi Bcc: x@y.example')
})

test('a variable that nobody gave is a fault, unless the template says what stands there', () => {
  assert.equal(shown({ text: 'Halo {{ name }}' }), 'text render_failed')
  assert.equal(shown({ text: "Halo {{ name | default: 'kawan' }}{% if name %}!{% endif %}" }), 'Halo kawan')
  const variables = [{ key: 'name', type: 'string', fallback: null }, { key: 'count', type: 'number', fallback: 3 }] as const
  assert.equal(shown({ text: '{{ name }} {{ count }}', variables }), 'variables.name missing')
  assert.equal(shown({ text: '{{ name }} {{ count }}', variables }, { name: 'Budi' }), 'Budi 3')
  assert.equal(shown({ text: '{{ name }} {{ count }}', variables }, { name: 'Budi', count: '4' }), 'variables.count invalid_type')
})

test('a language stands in for its regions, and the first one for what is missing', () => {
  const over = { subject: 'Hello', text: 'Good day', locales: { id: { subject: 'Halo' }, 'pt-br': { subject: 'Olá', text: 'Bom dia' } } }
  assert.deepEqual([null, 'id-ID', 'pt-BR', 'pt', 'toString', ''].map((locale) => shown(over, {}, locale)), ['Hello|Good day', 'Halo|Good day', 'Olá|Bom dia', 'Hello|Good day', 'Hello|Good day', 'Hello|Good day'])
})

test('nothing of the machine is in reach', () => {
  for (const text of ['{{ constructor }}', '{{ a.constructor }}', '{{ a.__proto__ }}', '{{ list.constructor.constructor }}', "{{ a['toString'] }}"]) assert.equal(shown({ text }, { a: {}, list: [] }), 'text render_failed', text)
  for (const text of ["{% include '/etc/passwd' %}", "{% render 'x' %}", "{% layout 'x' %}", "{{ 'x' | sha256 }}", '{{ list | push: list }}', '{{ list | where_exp: "x", "1" }}', '{{ a | nope }}', '{% nope %}', '{% if %}', '{{ a']) {
    const [fault] = renderer.faultsOf(content({ text }))
    assert.deepEqual([fault?.field, fault?.code], ['text', 'invalid_template'], text)
  }
})

test('a template that would go on for ever, or grow without end, ends in a fault', () => {
  const hostile = [
    '{% for a in (1..1000000000) %}x{% endfor %}',
    '{% for a in (1..100000) %}{% for b in (1..100000) %}{% for c in (1..100000) %}{% endfor %}{% endfor %}{% endfor %}',
    "{% assign s = 'xxxxxxxxxxxxxxxx' %}{% for a in (1..64) %}{% assign s = s | append: s %}{% endfor %}{{ s }}",
    "{% assign s = 'xxxxxxxxxxxxxxxx' %}{% for a in (1..64) %}{% assign s = s | replace: 'x', s %}{% endfor %}",
    `{% for a in (1..100000) %}${'x'.repeat(10_000)}{% endfor %}`,
    '{% for a in (1..100000) %}{{ big | raw }}{% endfor %}',
    '{{ 1 | date: "%999999999Y" }}',
    `${'{% if 1 %}'.repeat(20_000)}${'{% endif %}'.repeat(20_000)}`,
  ]
  for (const text of hostile) assert.match(shown({ text, html: null }, { big: 'x'.repeat(100_000) }), /^text (?:render_failed)$/, text.slice(0, 100))
})

test('whatever a template and its values hold, there is a text or a fault', () => {
  const piece = fc.oneof(fc.string({ unit: 'binary', maxLength: 10 }), fc.constantFrom('{{', '}}', '{%', '%}', ' name ', '|', 'default:', "'x'", 'for a in list', 'endfor', 'if', 'endif', '{{{', '}}}', 'assign a = ', '(1..3)', '[', ']', '.', '__proto__'))
  const source = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''))
  const values = fc.dictionary(fc.constantFrom('name', 'list', 'a', '__proto__', 'constructor'), fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<unknown>)
  fc.assert(
    fc.property(source, values, (text, given) => {
      const rendered = renderer.render(content({ subject: text, html: text, text }), 'id', given)
      if (rendered.ok) assert.doesNotMatch(rendered.value.subject, /[\r\n\0]/)
      else assert.ok(rendered.error.every(({ field, message }) => field !== '' && message !== ''))
    }),
  )
})
