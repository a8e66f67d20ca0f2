/** Domains where anybody gets a mailbox without a question. Checked 2026-11-26. */
export const FREEMAIL: ReadonlySet<string> = new Set([
  'gmail.com', 'googlemail.com', 'outlook.com', 'outlook.co.id', 'hotmail.com', 'hotmail.co.id', 'hotmail.co.uk', 'hotmail.fr', 'live.com', 'msn.com', 'yahoo.com', 'yahoo.co.id', 'yahoo.co.uk',
  'yahoo.fr', 'yahoo.co.in', 'yahoo.co.jp', 'ymail.com', 'rocketmail.com', 'aol.com', 'icloud.com', 'me.com', 'mac.com', 'proton.me', 'protonmail.com', 'pm.me',
  'tutanota.com', 'tuta.io', 'tuta.com', 'gmx.com', 'gmx.net', 'gmx.de', 'web.de', 'mail.com', 'email.com', 'usa.com', 'consultant.com', 'europe.com', 'mail.ru', 'inbox.ru',
  'list.ru', 'bk.ru', 'yandex.com', 'yandex.ru', 'ya.ru', 'rambler.ru', 'zoho.com', 'zohomail.com', 'fastmail.com', 'hushmail.com', 'qq.com', '163.com', '126.com', 'foxmail.com', 'sina.com', 'naver.com', 'daum.net', 'hanmail.net', 'rediffmail.com',
  'plasa.com', 'telkom.net', 'laposte.net', 'orange.fr', 'free.fr', 'libero.it', 'virgilio.it', 't-online.de', 'seznam.cz', 'wp.pl', 'o2.pl', 'uol.com.br', 'bol.com.br', 'terra.com.br', 'mailfence.com', 'inbox.lv', 'cock.li',
])
