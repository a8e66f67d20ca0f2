import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readHtml } from '../filter/html/read-html.ts'
import { MAX_LINKS } from './limits.ts'
import { rewriteHtml, type Rewritten } from './rewrite.ts'

const rewrite = (html: string): Rewritten => rewriteHtml(html, { click: (link) => `https://t.test/t/c/${link}`, open: null, honeypot: null })
const links = (html: string): string => rewrite(html).html

test('links that are http or https lead through us, each target under one number', () => {
  const { html, targets } = rewrite(`<p><a class=x href="https://a.example/?x=1&amp;y=2#z">A</a> <A HREF='http://b.example'>B</A> <a href=https://a.example/?x=1&y=2#z>A</a></p><map><area href=//c></map>`)
  assert.equal(html, `<p><a class=x href="https://t.test/t/c/0">A</a> <A HREF='https://t.test/t/c/1'>B</A> <a href=https://t.test/t/c/0>A</a></p><map><area href=//c></map>`)
  assert.deepEqual(targets, ['https://a.example/?x=1&y=2#z', 'http://b.example/'])
})

test('everything else that stands in href stays', () => {
  for (const href of ['mailto:ani@a.example', 'tel:+62', '#top', '', '/path', 'javascript:alert(1)', 'data:text/html,x', 'cid:x', 'ftp://a.example', 'java&#115;cript:x', 'https://', 'https://a.example/&copy;', `https://a.example/${'x'.repeat(5_000)}`]) {
    const html = `<a href="${href}">x</a>`
    assert.equal(links(html), html)
  }
})

test('a link with data-no-track stays, wherever the attribute stands', () => {
  const html = '<a data-no-track href="https://a.example/">x</a><a href="https://a.example/" DATA-NO-TRACK="">x</a>'
  assert.equal(links(html), html)
})

test('what is no link to a browser is none to us', () => {
  const link = '<a href="https://a.example/">'
  for (const html of [`<!-- ${link} -->`, `<script>"${link}"</script>`, `<style>${link}</style >`, `<textarea>${link}</textarea>`, `<p title='${link}'>`, `<!doctype "${link.replaceAll('>', '')}">`, `<a title="`, `<a href="https://a.example/`, `<a href=https://a.example/`, `<link href="https://a.example/">`, `<a\u00a0href="https://a.example/">`, '<a x="href=https://a.example/">', `<plaintext>${link}`]) {
    assert.equal(links(html), html)
  }
  assert.equal(links(`<!-->${link}`), '<!--><a href="https://t.test/t/c/0">')
  assert.equal(links('<a href="#" href="https://a.example/">'), '<a href="#" href="https://a.example/">')
})

test('links beyond a limit stay', () => {
  const { targets, html } = rewrite(Array.from({ length: MAX_LINKS + 10 }, (_, at) => `<a href="https://a.example/${at}">x</a>`).join(''))
  assert.equal(targets.length, MAX_LINKS)
  assert.match(html, /<a href="https:\/\/a\.example\/509">x<\/a>$/)
})

test('the picture and the hidden link stand at the end of the body, and nowhere when nothing after the end would be seen', () => {
  const all = (html: string): string => rewriteHtml(html, { click: () => 'C', open: 'O', honeypot: 'H' }).html
  assert.match(all('<body><a href="https://a.example/">x</a></body></html>'), /^<body><a href="C">x<\/a><a href="H" [^>]*><\/a><img src="O" [^>]*><\/body><\/html>$/)
  assert.match(all('<p>x</p>'), /^<p>x<\/p><img src="O" width="1" height="1" alt="" style="border:0">$/)
  assert.match(all('</body><a href="https://a.example/">'), /^<a href="H" [^>]*><\/a><img [^>]*><\/body><a href="C">$/)
  for (const open of ['<p>x<!-- y', '<p title="', '<style>p{}', '<textarea>', '<a ']) {
    const { html, hasPicture } = rewriteHtml(open, { click: () => 'C', open: 'O', honeypot: 'H' })
    assert.deepEqual([html, hasPicture], [open, false])
  }
})

const PIECES = ['<a href="https://a.example/">A</a>', "<a title=x href='http://b.example/' >", '<a ', '<area ', 'href', '=', '"', "'", 'https://a.example/', 'http://b.example/?a&amp;b', 'mailto:x', '>', '/', ' ', '\n', '\u00a0', '<!--', '-->', '--!>', '<script>', '</script>', '<style', '</style ', '<p>', '</p>', '</a>', '</body>', '<', '&', 'x', '<!', '<?', '\0', 'data-no-track', '<title>', '\ud800', '<svg>', '</svg>', '<select>', '<plaintext>']

test('whatever the HTML is, only values of href change, and taking our addresses out again gives it back', () => {
  fc.assert(
    fc.property(fc.oneof(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((all) => all.join('')), fc.string({ unit: 'binary', maxLength: 200 })), (html) => {
      const marked = rewriteHtml(html, { click: (link) => `https://t.test/t/c/~${link}~`, open: null, honeypot: null })
      const pieces = marked.html.split(/https:\/\/t\.test\/t\/c\/~\d+~/)
      let at = 0
      for (const piece of pieces) {
        const found = html.indexOf(piece, at)
        assert.notEqual(found, -1)
        at = found + piece.length
      }
      for (const target of marked.targets) assert.match(target, /^https?:\/\//)
    }),
    { numRuns: 2_000 },
  )
})

test('whatever the HTML is, a reader of its own sees the same text and as many links after it', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }), (pieces) => {
      const html = pieces.join('')
      const before = readHtml(html)
      const after = readHtml(links(html))
      assert.equal(after.traits.text, before.traits.text)
      assert.equal(after.links.length, before.links.length)
      assert.deepEqual(after.links.map(({ shown }) => shown), before.links.map(({ shown }) => shown))
      assert.deepEqual(after.links.filter(({ url }, at) => url !== before.links[at]?.url).filter(({ url }) => !url.startsWith('https://t.test/t/c/')), [])
    }),
    { numRuns: 2_000 },
  )
})

test('HTML twice as long is looked at in about twice the steps: nothing is read again for each tag', () => {
  // Each of these would take minutes if it were quadratic; the runner ends a test that hangs.
  for (const piece of ['<a href="', '<', '<!--', '</', '<a ', "<a b='", '<a    ', '<script>', '</script', '<a href=x ', '<title></titl', '<svg>']) assert.equal(typeof links(piece.repeat(400_000)), 'string')
})
