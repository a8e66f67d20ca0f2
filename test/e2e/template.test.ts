import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Resend } from 'resend'
import { type ApiAnswer, type ApiAsk, askApi, demoKey } from '../support/api.ts'
import { type Demo, startDemo } from '../support/server.ts'

let demo: Demo
before(async () => {
  demo = await startDemo()
})
after(() => demo[Symbol.asyncDispose]())

const ask = (path: string, asked: ApiAsk = {}): Promise<ApiAnswer> => askApi(demo, path, asked)
const WELCOME = {
  name: 'Selamat datang',
  alias: 'welcome',
  from: 'Ani <ani@merpati.test>',
  subject: 'Hello {{ name }}',
  html: '<p>Hello {{ name }}</p>',
  text: 'Hello {{ name }}',
  variables: [{ key: 'name', type: 'string', fallback_value: 'friend' }],
  locales: { id: { subject: 'Halo {{ name }}', text: 'Halo {{ name }}' } },
}

async function subjectOf(json: object): Promise<unknown> {
  const { status, body } = await ask('/v1/emails', { json: { to: 'budi@luar.test', ...json } })
  assert.equal(status, 202, JSON.stringify(body))
  return (await ask(`/v1/emails/${String(body['id'])}`)).body['subject']
}

test('of changes at once none is lost, and each is told the version that it made', async () => {
  const id = String((await ask('/v1/templates', { json: { name: 'Both', subject: 'a', html: 'a', text: 'a' } })).body['id'])
  const changes = [{ subject: 'b' }, { html: 'b' }, { text: 'b' }, { name: 'B' }]
  const answers = await Promise.all(changes.map((json) => ask(`/v1/templates/${id}`, { method: 'PATCH', json })))
  assert.deepEqual(answers.map(({ body }) => body['version']).toSorted(), [2, 3, 4, 5])
  const { subject, html, text, name } = (await ask(`/v1/templates/${id}`)).body
  assert.deepEqual([subject, html, text, name], ['b', 'b', 'b', 'B'])
})

test('mail is made of the version that was published, in the language asked for', async () => {
  const { status, body } = await ask('/v1/templates', { json: WELCOME })
  assert.deepEqual([status, body['version']], [201, 1])
  const id = String(body['id'])
  const early = await ask('/v1/emails', { json: { to: 'budi@luar.test', template: { id } } })
  assert.deepEqual([early.status, (early.body['errors'] as readonly { readonly code: string }[])[0]?.code], [422, 'not_published'])
  assert.equal((await ask('/v1/templates/welcome/publish', { method: 'POST' })).body['version'], 1)
  assert.equal(await subjectOf({ template: { id: 'welcome' } }), 'Hello friend')
  assert.equal(await subjectOf({ template: { id, locale: 'id-ID', variables: { name: 'Budi' } } }), 'Halo Budi')
  assert.equal((await ask(`/v1/templates/${id}`, { method: 'PATCH', json: { subject: 'Welcome {{ name }}' } })).body['version'], 2)
  assert.equal(await subjectOf({ template: { id } }), 'Hello friend')
  assert.equal(await subjectOf({ template: { id, version: 2 } }), 'Welcome friend')
  const shown = (await ask('/v1/templates/welcome')).body
  assert.deepEqual([shown['status'], shown['has_unpublished_versions'], shown['subject'], shown['html'], shown['alias']], ['published', true, 'Welcome {{ name }}', WELCOME.html, 'welcome'])
  await ask(`/v1/templates/${id}/publish`, { method: 'POST' })
  assert.equal(await subjectOf({ template: { id } }), 'Welcome friend')
  assert.equal(await subjectOf({ template: { id }, subject: 'Mine' }), 'Mine')
})

test("a reader's own address of the preference page is shown to nobody but him", async () => {
  const template = { name: 'Kabar', alias: 'kabar', from: 'Ani <ani@merpati.test>', subject: 'Kabar', text: 'Pilih: {{ preferences_url }}' }
  assert.equal((await ask('/v1/templates', { json: template })).status, 201)
  await ask('/v1/templates/kabar/publish', { method: 'POST' })
  const { body } = await ask('/v1/emails', { json: { to: 'budi@luar.test', stream: 'broadcast', template: { id: 'kabar' } } })
  const raw = await fetch(`http://127.0.0.1:${demo.ports.http}/v1/emails/${String(body['id'])}/raw`, { headers: { authorization: `Bearer ${demoKey(demo)}` } })
  assert.match((await raw.text()).replaceAll('=\r\n', '').replaceAll('=78', 'x'), /^Pilih: https:\/\/\S+\/t\/u\/x{44}\r$/m)
})

test('a preview shows what it becomes, and what is wrong is named', async () => {
  const preview = await ask('/v1/templates/welcome/render', { json: { variables: { name: '<i>Budi</i>' }, locale: 'id' } })
  assert.deepEqual(preview.body, { subject: 'Halo <i>Budi</i>', html: '<p>Hello &lt;i&gt;Budi&lt;/i&gt;</p>', text: 'Halo <i>Budi</i>' })
  const faults = async (path: string, json: object, method = 'POST'): Promise<unknown> => {
    const { status, body } = await ask(path, { json, method })
    return [status, (body['errors'] as readonly { readonly field: string; readonly code: string }[]).map(({ field, code }) => `${field} ${code}`)]
  }
  assert.deepEqual(await faults('/v1/templates', { name: 'x', html: '{% if %}' }), [422, ['html invalid_template']])
  assert.deepEqual(await faults('/v1/templates', { name: 'x', locales: { id: { text: "{% include 'x' %}" } } }), [422, ['locales.id.text invalid_template']])
  assert.deepEqual(await faults('/v1/templates/welcome/render', { variables: { name: 7 } }), [422, ['variables.name invalid_type']])
  assert.deepEqual(await faults('/v1/emails', { to: 'budi@luar.test', template: { id: 'welcome', variables: { name: 7 } } }), [422, ['template.variables.name invalid_type']])
  assert.deepEqual(await faults('/v1/emails', { to: 'budi@luar.test', template: { id: 'none' } }), [422, ['template.id unknown_template']])
  assert.deepEqual(await faults('/v1/emails', { to: 'budi@luar.test', html: 'x', template: { id: 'welcome' } }), [422, ['template mismatch']])
  const slow = await ask('/v1/templates', { json: { name: 'slow', alias: 'slow', text: '{% for a in (1..1000000000) %}x{% endfor %}' } })
  assert.equal(slow.status, 201)
  assert.deepEqual(await faults('/v1/templates/slow/render', {}), [422, ['text render_failed']])
  assert.equal((await ask('/v1/templates', { json: { name: 'x', alias: 'welcome' } })).status, 409)
})

test('the client of another service makes, publishes, uses and removes a template', async () => {
  const resend = new Resend(demoKey(demo), { baseUrl: `http://127.0.0.1:${demo.ports.http}/v1` })
  const made = await resend.templates.create({ name: 'tagihan', from: 'ani@merpati.test', subject: 'Tagihan', html: '<p>{{{NOMOR}}}</p>', variables: [{ key: 'NOMOR', type: 'number', fallbackValue: 1 }] })
  const id = made.data?.id ?? ''
  assert.equal((await resend.templates.publish(id)).data?.id, id)
  const sent = await resend.emails.send({ to: 'budi@luar.test', template: { id, variables: { NOMOR: 8 } } })
  assert.equal(sent.error, null)
  assert.equal((await resend.templates.get(id)).data?.name, 'tagihan')
  assert.equal((await resend.templates.remove(id)).data?.deleted, true)
  assert.equal((await resend.templates.get(id)).error?.name, 'not_found')
})
