import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_TEXT_CHARS } from '../limits.ts'
import { decodeEntities } from './entity.ts'
import { readHtml } from './read-html.ts'
import { looksAlike, readColor, readStyle, UNKNOWN } from './style.ts'

const SEEN: readonly (readonly [html: string, text: string])[] = [
  ['<p>Halo <b>Ani</b></p><p>Apa kabar?</p>', 'Halo Ani\nApa kabar?'],
  ['a<br>b<BR/>c', 'a\nb\nc'],
  ['<table><tr><td>1</td><td>2</td></tr><tr><td>3</td></tr></table>', '1 2\n3'],
  ['<style>p { color: red }</style><script>if (a < b) x()</script>yes', 'yes'],
  ['<title>no</title>yes', 'yes'],
  ['<!-- no -->yes<!--[if mso]> no <![endif]--><!-->yes<!--->!', 'yesyes!'],
  ['<!-- no --!>yes', 'yes'],
  ['a <? no ?>b <!doctype no>c </ no>d', 'a b c d'],
  ['1 < 2 <3 a<', '1 < 2 <3 a<'],
  ['<p title="a > b">yes</p>', 'yes'],
  ['yes<a href="never closed', 'yes'],
  ['&lt;b&gt; &amp;amp; &#65;&#x42; &nosuch; &eacute;&nbsp;x', '<b> &amp; AB &nosuch; é x'],
  ['vi&zwnj;a&#8203;gra', 'viagra'],
  ['<script>never closed', ''],
  ['<noscript>yes</noscript>', 'yes'],
  ['<p style="display:none">no<p>yes', 'yes'],
  ['<table><tr><td style="font-size:0">no<td>yes</table>', 'yes'],
  ['<div style="font-size:0px"> <div style="font-size:13px">yes</div></div>', 'yes'],
  ['<div style="color:#fff;background:#f00">yes</div>', 'yes'],
  ['<div class="x" style="color:#fff">yes</div>', 'yes'],
  ['<div style="display:none">no</span></b>no</div>yes', 'yes'],
  ['<div hidden>no</div>yes', 'yes'],
]

const HIDDEN: readonly (readonly [html: string, chars: number])[] = [
  ['<div style="display: none">abc</div>', 3],
  ['<span style="font-size:0">a b</span>', 2],
  ['<span style="FONT-SIZE: 1px">a</span>', 1],
  ['<font color="white">abc</font>', 3],
  ['<font color="#fefefe">abc</font>', 3],
  ['<table bgcolor="#123456"><tr><td style="color:#123457">ab</td></tr></table>', 2],
  ['<div style="max-height:0;overflow:hidden">abc</div>', 3],
  ['<div style="opacity:0">abc</div>', 3],
  ['<div style="position:absolute;left:-9999px">abc</div>', 3],
  ['<div style="background:url(a.png)"><p style="color:#fff">abc</p></div>', 0],
  ['<div style="font-size:0"> \n&nbsp;</div>', 0],
  ['<p>abc</p>', 0],
]

test('Text is what a reader sees', () => {
  for (const [html, text] of SEEN) assert.equal(readHtml(html).traits.text, text, html)
})

test('Hidden text is counted, by whatever it is hidden', () => {
  for (const [html, chars] of HIDDEN) assert.equal(readHtml(html).traits.hiddenChars, chars, html)
})

test('Hidden text inside a word is told from hidden text beside words', () => {
  assert.equal(readHtml('Pass<span style="font-size:0">x</span>word').traits.cutWords, 1)
  assert.equal(readHtml('Pass <span style="font-size:0">x</span> word').traits.cutWords, 0)
  assert.equal(readHtml('<div>a</div><div style="display:none">x</div><div>b</div>').traits.cutWords, 0)
})

test('Links come with what is seen of them', () => {
  const html = '<a href="https://a.example/?x=1&amp;y=2">Buka <b>bank.example</b></a> <a href=https://b.example><img src=b.png alt=B></a><a href="https://c.example">open'
  assert.deepEqual(readHtml(html).links, [
    { url: 'https://a.example/?x=1&y=2', shown: 'Buka bank.example' },
    { url: 'https://b.example', shown: '' },
    { url: 'https://c.example', shown: 'open' },
  ])
  assert.deepEqual(readHtml('<form action="https://d.example/p"><base href="https://e.example">').links.map(({ url }) => url), ['https://d.example/p', 'https://e.example'])
})

test('Images, forms, scripts and data are counted, and what is harmless of their kind is not', () => {
  const { traits } = readHtml('<img src="a.png"><img src="t.gif" width="1" height="1"><form></form><script>x</script><script type="application/ld+json">{}</script>')
  assert.deepEqual([traits.images, traits.forms, traits.scripts, traits.dataUris], [1, 1, 1, 0])
  assert.equal(readHtml('<img src="data:image/png;base64,AAAA">').traits.dataUris, 0)
  assert.equal(readHtml('<a href=" DATA:text/html,x">a</a><iframe src="data:text/html,x"></iframe><img src="data:image/svg+xml,x">').traits.dataUris, 3)
})

test('Colours are read as they are written', () => {
  const colors: readonly (readonly [string, number])[] = [
    ['#fff', 0xffffff], ['#FFFFFF'.toLowerCase(), 0xffffff], ['ffffff', 0xffffff], ['rgb(1, 2, 3)', 0x010203], ['white !important', 0xffffff],
    ['rgba(0,0,0,.5)', UNKNOWN], ['currentcolor', UNKNOWN], ['rgb(1)', UNKNOWN], ['#12', UNKNOWN], ['', UNKNOWN],
  ]
  for (const [text, color] of colors) assert.equal(readColor(text), color, text)
  assert.ok(looksAlike(0xffffff, 0xfefefe) && !looksAlike(0xffffff, 0xeeeeee) && !looksAlike(UNKNOWN, UNKNOWN))
  assert.deepEqual(readStyle('background: no-repeat #0a0b0c; color:red;;x'), { gone: false, tiny: null, color: 0xff0000, ground: 0x0a0b0c })
  assert.equal(readStyle('background: linear-gradient(#fff, #000)').ground, UNKNOWN)
})

test('Character references are resolved once', () => {
  assert.equal(decodeEntities('&amp;lt; &#38;#60; &#0;&#xD800;&#1114112; &; &#; &#x; &amp &#65'), '&lt; &#60; \ufffd\ufffd\ufffd &; &#; &#x; &amp A')
  // Browsers pass over zeros in front, however many.
  assert.equal(decodeEntities(`&#${'0'.repeat(50)}65;&#x${'0'.repeat(50)}42;`), 'AB')
})

const PIECES = [
  '<', '>', '</', '<a ', '<a href=', '"', "'", '=', '<!--', '-->', '--', '<!', '<script>', '</script', '<style', '<div style="display:none">', '<p>',
  '<td>', '<tr>', '<table>', '</div>', '</table>', '&', '&#', '&#x', '&amp;', ';', 'a', ' ', '\n', '\0', 'é', '\ud800', '<span style="color:#fff">', '/', '<b/',
  '<DIV STYLE=x:y;z', '<a href="http://a.example">', '</a>', 'style="font-size:0"', ':', '#', '<br>', '<svg>', '__proto__', '<__proto__ constructor=1>',
]

test('Whatever the HTML, reading it ends, throws nothing and makes no more of it than it was', () => {
  const html = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.array(fc.constantFrom(...PIECES), { maxLength: 300 }).map((list) => list.join('')))
  fc.assert(
    fc.property(html, (text) => {
      const { traits, links } = readHtml(text)
      assert.ok(traits.text.length <= text.length && traits.hiddenChars <= text.length && links.length <= text.length / 2)
      assert.ok(traits.images + traits.forms + traits.scripts + traits.dataUris + traits.cutWords <= text.length)
    }),
    { numRuns: 500 },
  )
})

// With a square of the length these would not end within minutes.
test('Each piece, repeated to 400,000 characters, is read to its end', () => {
  for (const piece of [...PIECES, '<p><b>', '<p><span>', '<a href="x">', '<div style="display:none"><p>', '<td><b><i>', '<!--<!--', '<a b="c" ', '<x a=b c']) {
    const { traits } = readHtml(piece.repeat(Math.ceil(400_000 / piece.length)))
    assert.ok(traits.text.length <= MAX_TEXT_CHARS)
  }
})
