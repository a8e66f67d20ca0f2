/** Hosts that lead on to any page for anybody. Checked 2026-11-26. */
export const SHORTENERS: ReadonlySet<string> = new Set([
  'bit.ly', 'tinyurl.com', 't.co', 'goo.gl', 'ow.ly', 'is.gd', 'v.gd', 'buff.ly', 'rebrand.ly', 'cutt.ly', 'shorturl.at', 'rb.gy', 't.ly', 'tiny.cc',
  'bl.ink', 'short.io', 'shorte.st', 'adf.ly', 's.id', 'bitly.com', 'lnkd.in', 'soo.gd', 'clck.ru', 'qr.ae', 'tr.im', 'x.co', 'linktr.ee', 'heylink.me',
  'linkr.bio', 'shope.ee', 'tokopedia.link', 'gg.gg', 'urlz.fr', 'kutt.it', 'dub.sh', 'spoo.me', 'u.to', 'surl.li', 'shorturl.asia', 'qrco.de', 'me-qr.com',
])

/** Pages of big sites that lead on to whatever their parameter says: the beginning of host and path. Checked 2026-11-26. */
export const REDIRECTORS: readonly string[] = [
  'www.google.com/url', 'google.com/url', 'www.google.co.id/url', 'google.com/amp', 'www.google.com/amp', 'www.bing.com/ck', 'www.youtube.com/redirect', 'l.facebook.com/l.php',
  'lm.facebook.com/l.php', 'l.instagram.com', 'www.linkedin.com/redir', 'slack-redir.net/link', 'r.search.yahoo.com', 'out.reddit.com', 'vk.com/away.php',
  'adclick.g.doubleclick.net', 'googleads.g.doubleclick.net', 'ad.doubleclick.net', 'steamcommunity.com/linkfilter', 'www.baidu.com/link',
]
