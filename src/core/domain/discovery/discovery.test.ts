import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { autoconfigXml } from './autoconfig.ts'
import { askedAddress, autodiscoverError, autodiscoverXml } from './autodiscover.ts'
import { xmlText } from './xml.ts'

const house = { hostname: 'mx.rumah.example', services: [{ name: 'imaps', port: 1993 }, { name: 'imap', port: 1143 }, { name: 'submissions', port: 1465 }] } as const

/** The XML that a program posts. */
const question = (address: string): Buffer =>
  Buffer.from(`<?xml version="1.0"?><Autodiscover xmlns="http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006"><Request><EMailAddress>${address}</EMailAddress><AcceptableResponseSchema>x</AcceptableResponseSchema></Request></Autodiscover>`)

/** Every element is closed, in order: enough of a parser to see that nothing broke out. */
function isWellFormed(xml: string): boolean {
  const open: string[] = []
  for (const [, close, name = '', self] of xml.replace(/^<\?[^>]*\?>/, '').matchAll(/<(\/?)([\w:]+)[^<>]*?(\/?)>/g)) {
    if (close === '/') {
      if (open.pop() !== name) return false
    } else if (self !== '/') open.push(name)
  }
  return open.length === 0 && !/&(?!(?:amp|lt|gt|quot|#39);)/.test(xml)
}

test('autoconfig names what listens, best first, and leaves the address to the program', () => {
  const xml = autoconfigXml('toko.example', house)
  assert.deepEqual([...xml.matchAll(/<port>(\d+)<\/port>\s*<socketType>(\w+)/g)].map(([, port, type]) => [port, type]), [['1993', 'SSL'], ['1143', 'STARTTLS'], ['1465', 'SSL']])
  assert.equal(xml.match(/%EMAILADDRESS%/g)?.length, 3)
  assert.doesNotMatch(xml, /pop3/)
  assert.ok(isWellFormed(xml))
})

test('autodiscover answers with one server of each kind, and the address as it was asked', () => {
  const xml = autodiscoverXml('ani&budi@toko.example', house)
  assert.deepEqual([...xml.matchAll(/<Type>(\w+)<\/Type>[\s\S]*?<Port>(\d+)<\/Port>[\s\S]*?<SSL>(\w+)</g)].map(([, type, port, ssl]) => [type, port, ssl]), [['IMAP', '1993', 'on'], ['SMTP', '1465', 'on']])
  assert.match(xml, /<LoginName>ani&amp;budi@toko\.example<\/LoginName>/)
  assert.ok(isWellFormed(xml) && isWellFormed(autodiscoverError(500)) && isWellFormed(autodiscoverError(600)))
})

test('the address is found in what programs post, with and without a prefix, and nowhere else', () => {
  assert.equal(askedAddress(question('ani@toko.example')), 'ani@toko.example')
  assert.equal(askedAddress(question(' ani&amp;b@toko.example\n')), 'ani&b@toko.example')
  assert.equal(askedAddress(Buffer.from('<a:EMailAddress>ani@toko.example</a:EMailAddress>')), 'ani@toko.example')
  for (const quote of ['&#39;', '&#x27;', '&#0000039;', '&apos;', "'"]) assert.equal(askedAddress(question(`o${quote}neil@toko.example`)), "o'neil@toko.example", quote)
  assert.equal(askedAddress(question('ani&#64;toko.example')), 'ani@toko.example')
  assert.equal(askedAddress(question('&amp;#39;@toko.example')), '&#39;@toko.example')
  for (const text of ['&#0;', '&#xD800;', '&#x110000;', '&#10;', '&#8232;']) assert.equal(askedAddress(question(`a${text}@toko.example`)), null, text)
  assert.equal(askedAddress(Buffer.from('<A><!-- <EMailAddress>x@lain.example</EMailAddress> --><EMailAddress>ani@<!-- <!-- -->toko.example</EMailAddress></A>')), 'ani@toko.example')
  assert.equal(askedAddress(Buffer.from('<A><!-- <EMailAddress>x@lain.example</EMailAddress></A>')), null)
  for (const text of ['', '<EMailAddress>', '<EMailAddress></EMailAddress>', '<EMailAddress>ani</EMailAddress>', 'ani@toko.example']) assert.equal(askedAddress(Buffer.from(text)), null, text)
  assert.equal(askedAddress(Buffer.alloc(20_000, question('ani@toko.example'))), null)
})

test('whatever is asked, what is answered is XML and nothing breaks out of it', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => {
    assert.ok(isWellFormed(autodiscoverXml(text, house)))
    assert.ok(isWellFormed(autoconfigXml(text, house)))
    assert.doesNotMatch(xmlText(text), /[<>"'\0\b\x0b\ufffe\uffff]/)
    const asked = askedAddress(question(text))
    assert.ok(asked === null || asked.length <= 320)
  }))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
    const asked = askedAddress(bytes)
    assert.ok(asked === null || asked.includes('@'))
  }))
})
