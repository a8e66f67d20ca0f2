import assert from 'node:assert/strict'
import { Buffer } from 'node:buffer'
import { describe, test } from 'node:test'
import { BUDI, domino, exim, letter, microsoft, opensmtpd, postfix, qmail, report, sendmail } from '../../../test/support/bounce-mails.ts'
import { readReport } from '../../proto/report/read-report.ts'
import { noteOf } from './note.ts'

/** What a message to a return path comes to: its kind, its category, and what is behind one that expired; or the word of a report that is no failure. */
function noted(mail: string, recipient: string = BUDI): string {
  const note = noteOf(readReport(Buffer.from(mail.replaceAll('\n', '\r\n'))), recipient, null)
  if (note.kind === 'bounced') return [note.category, note.underlying].filter((word) => word !== null).join(' < ')
  return `${note.kind} ${note.category ?? note.action}`
}

const said = (reply: string): string => `host mx.pabrik.example[192.0.2.9] said: ${reply} (in reply to RCPT TO command)`

/** Reports as real systems send them, and what each means: the category was decided from deliverability §4.4 before the parser read any of them. */
const REPORTS: readonly (readonly [system: string, mail: string, noted: string])[] = [
  ['Postfix, user unknown', postfix('5.1.1', said(`550 5.1.1 <${BUDI}>: Recipient address rejected: User unknown in virtual mailbox table`)), 'bad-mailbox'],
  ['Postfix, nobody home for five days', postfix('4.4.1', 'connect to mx.pabrik.example[192.0.2.9]:25: Connection timed out'), 'expired < host-unreachable'],
  ['Postfix, greylisted to the end', postfix('4.2.0', said(`450 4.2.0 <${BUDI}>: Recipient address rejected: Greylisted, see http://postgrey.example/help`)), 'expired < greylist'],
  ['Postfix, no such domain', postfix('5.4.4', 'Host or domain name not found. Name service error for name=pabrik.example type=A: Host not found'), 'bad-domain'],
  ['Postfix, a delay', postfix('4.4.1', 'connect to mx.pabrik.example[192.0.2.9]:25: Connection refused', 'delayed'), 'reported delayed'],
  ['Postfix, passed on', postfix('2.0.0', said('250 2.0.0 Ok'), 'relayed'), 'reported relayed'],
  ['Zimbra, no relaying', postfix('5.7.1', said(`554 5.7.1 <${BUDI}>: Relay access denied`)), 'relay-denied'],
  ['a DNS list', postfix('5.7.1', said('554 5.7.1 Service unavailable; Client host [198.51.100.4] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/198.51.100.4')), 'block-dnsbl'],
  ['a user that was blocked for spam', postfix('5.7.1', said('554 5.7.1 user budi: mail from 198.51.100.4 blocked for spam')), 'block-ip'],
  ['a virus', postfix('5.7.1', said('550 5.7.1 virus Eicar-Test-Signature detected by ClamAV')), 'virus'],
  ['an attachment', postfix('5.7.1', said('554 5.7.1 Attachment of type .exe is not allowed')), 'attachment'],
  ['no reverse DNS', postfix('5.7.25', said('550 5.7.25 Client host rejected: cannot find your reverse hostname, [198.51.100.4]')), 'auth-failed'],
  ['an unknown sender', postfix('5.1.8', said('553 5.1.8 <b-token@mail.toko.example>: Sender address rejected: Domain not found')), 'sender-rejected'],
  ['T-Online', postfix('5.0.0', 'host mx00.t-online.de[192.0.2.59] refused to talk to me: 554 IP=198.51.100.4 - A problem occurred. (Ask your postmaster for help or to contact tosa@rx.t-online.de to clarify.)'), 'block-ip'],
  ['QQ, the content', postfix('5.0.0', said('550 Mail content denied. http://service.mail.qq.com/')), 'spam-content'],
  ['163, nobody', postfix('5.0.0', said('550 User not found: budi@163.com')), 'bad-mailbox'],
  ['Gmail, nobody', postfix('5.1.1', said("550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos or 550 5.1.1 unnecessary spaces. - gsmtp")), 'bad-mailbox'],
  ['Gmail, full and left', postfix('5.2.2', said("552-5.2.2 The recipient's inbox is out of storage and inactive. Please direct the recipient to 552 5.2.2 https://support.google.com/mail/?p=OverQuotaPerm - gsmtp")), 'mailbox-full-inactive'],
  ['Gmail, disabled', postfix('5.2.1', said('550 5.2.1 The email account that you tried to reach is disabled. https://support.google.com/mail/?p=DisabledUser - gsmtp')), 'inactive-mailbox'],
  ['Gmail, too much for one', postfix('5.2.1', said('550-5.2.1 The user you are trying to contact is receiving mail at a rate that prevents additional messages from being delivered. - gsmtp')), 'recipient-rate'],
  ['Gmail, unsigned', postfix('5.7.26', said('550-5.7.26 Your email has been blocked because the sender is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM.')), 'auth-failed'],
  ['Gmail, an alias that leads nowhere', postfix('5.7.1', said('550 5.7.1 The email account that you tried to reach does not exist.')), 'bad-mailbox'],
  ['Yahoo, nobody', postfix('5.0.0', said("554 delivery error: dd This user doesn't have a yahoo.com account (budi@yahoo.com) [0] - mta4001.mail.bf1.yahoo.com")), 'bad-mailbox'],
  ['Yahoo, disabled', postfix('5.0.0', said('554 30 Sorry, your message to budi@yahoo.com cannot be delivered. This mailbox is disabled (554.30).')), 'inactive-mailbox'],
  ['Yahoo, no mailbox', postfix('5.0.0', said('552 1 Requested mail action aborted, mailbox not found')), 'bad-mailbox'],
  ['Yahoo, deferred to the end', postfix('4.7.0', said('421 4.7.0 [TSS04] Messages from 198.51.100.4 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1')), 'expired < server-busy'],
  ['Sendmail, user unknown', sendmail('5.1.1', `550 5.1.1 <${BUDI}>... User unknown`), 'bad-mailbox'],
  ['Sendmail, a warning', sendmail('4.4.1', '451 4.4.1 reply: read error from mx.pabrik.example.', 'delayed'), 'reported delayed'],
  ['Sendmail, too large', sendmail('5.2.3', '552 5.2.3 Message size exceeds fixed maximum message size (10485760)'), 'too-large'],
  ['Microsoft 365, nobody', microsoft('5.1.10', `550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient ${BUDI} not found by SMTP address lookup`), 'bad-mailbox'],
  ['Microsoft 365, nobody at the edge', microsoft('5.4.1', '550 5.4.1 Recipient address rejected: Access denied. [SG2PEPF000 2026-11-26T03:00:00.000Z 08DE]'), 'bad-mailbox'],
  ['Microsoft 365, a closed group', microsoft('5.7.133', '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required; Delivery restriction check failed'), 'policy'],
  ['Microsoft 365, full', microsoft('5.2.2', '554 5.2.2 mailbox full; STOREDRV.Deliver.Exception:QuotaExceededException; Failed to process message due to a permanent exception'), 'mailbox-full'],
  ['Microsoft 365, DMARC', microsoft('5.7.509', '550 5.7.509 Access denied, sending domain toko.example does not pass DMARC verification and has a DMARC policy of reject.'), 'auth-failed'],
  ['Microsoft 365, a rule there', microsoft('5.7.1', '550 5.7.1 TRANSPORT.RULES.RejectMessage; the message was rejected by organization policy'), 'policy'],
  ['Microsoft 365, no such domain', microsoft('5.4.310', '550 5.4.310 DNS domain pabrik.example does not exist [Message=InfoDomainNonexistent]'), 'bad-domain'],
  ['Microsoft 365, expired', microsoft('5.4.300', '550 5.4.300 Message expired -> 421 4.4.2 Connection dropped'), 'expired'],
  ['Microsoft 365, a loop', microsoft('5.4.14', '554 5.4.14 Hop count exceeded - possible mail loop ATTR34'), 'loop'],
  ['Microsoft 365, banned', microsoft('5.7.708', '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP. AS(7230)'), 'block-ip'],
  ['Domino', domino('5.1.1', `User budi (${BUDI}) not listed in Domino Directory`), 'bad-mailbox'],
  ['Domino that gives no status', domino('5.0.0', `User budi (${BUDI}) not listed in public Name & Address Book`), 'bad-mailbox'],
  ['Exim, no such user', exim(`host mx.pabrik.example [192.0.2.9]\nSMTP error from remote mail server after RCPT TO:<${BUDI}>:\n550 No such user here`), 'bad-mailbox'],
  ['Exim, no route', exim('Unrouteable address'), 'bad-mailbox'],
  ['Exim, full to the end', exim(`host mx.pabrik.example [192.0.2.9]\nSMTP error from remote mail server after RCPT TO:<${BUDI}>:\n452 4.2.2 The mailbox is full: retry timeout exceeded`), 'expired < mailbox-full'],
  ['Exim, spam', exim('host mx.pabrik.example [192.0.2.9]\nSMTP error from remote mail server after end of data:\n550 This message was classified as SPAM and may not be delivered'), 'spam-content'],
  ['qmail, nobody', qmail('Sorry, no mailbox here by that name. vpopmail (#5.1.1)'), 'bad-mailbox'],
  ['qmail, a list', qmail('192.0.2.9 does not like recipient.\nRemote host said: 554 5.7.1 Service unavailable; Client host [198.51.100.4] blocked using bl.spamcop.net\nGiving up on 192.0.2.9.'), 'block-dnsbl'],
  ['qmail, no host', qmail("Sorry, I couldn't find any host named pabrik.example. (#5.1.2)"), 'bad-domain'],
  ['qmail, too long', qmail("Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\nI'm not going to try again; this message has been in the queue too long."), 'expired < host-unreachable'],
  ['qmail, full', qmail('The users mailfolder is over the allowed quota (size). (#5.2.2)'), 'mailbox-full'],
  ['OpenSMTPD, nobody', opensmtpd(`550 5.1.1 <${BUDI}>: Recipient address rejected: User unknown`), 'bad-mailbox'],
  ['OpenSMTPD, no MX', opensmtpd('No MX found for domain'), 'bad-domain'],
  ['hMailServer', letter('mailer-daemon@win.relay.example', 'Message undeliverable: Halo', `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n${BUDI}\n   Error Type: SMTP\n   hMailServer sent: RCPT TO:<${BUDI}>\n   Remote server replied: 550 5.1.1 Mailbox unknown\n\nhMailServer`), 'bad-mailbox'],
  ['Exchange 2003', letter('System Administrator <postmaster@pabrik.example>', 'Undeliverable: Halo', `Your message did not reach some or all of the intended recipients.\n\nThe following recipient(s) could not be reached:\n\n      ${BUDI} on 11/26/2026 10:00 AM\n            The e-mail account does not exist at the organization this message was sent to.\n            <mail.pabrik.example #5.1.1>`), 'bad-mailbox'],
  ['an office in Indonesia', letter('Mail Delivery System <MAILER-DAEMON@mail.dinas.example>', 'Surat tidak terkirim', `Surat Anda tidak dapat dikirim ke alamat berikut:\n\n  ${BUDI}\n    550 Alamat tidak terdaftar pada server kami`), 'bad-mailbox'],
  ['an Indonesian provider, nobody', postfix('5.0.0', said('550 Pengguna tidak dikenal')), 'bad-mailbox'],
  ['an Indonesian provider, full', postfix('5.0.0', said('552 Kotak surat penuh')), 'mailbox-full'],
  ['an Indonesian provider, full, in words', letter('MAILER-DAEMON@mail.isp.example', 'Pemberitahuan: pesan gagal terkirim', `Pesan untuk <${BUDI}> gagal dikirim.\nServer tujuan menjawab:\n554 Kuota kotak surat ${BUDI} sudah penuh`), 'mailbox-full'],
  ['a server that nobody understands', letter('MAILER-DAEMON@relay.example', 'Delivery problem', 'Something went wrong with your message. Contact us.'), 'answered unclassified'],
  ['an absent person', letter('Budi <budi@pabrik.example>', 'Automatic reply: Halo', 'I am out of the office until 1 December. Call 550 1234 if urgent.', 'Auto-Submitted: auto-replied\n'), 'answered auto-reply'],
  ['an absent person in Indonesia', letter('Budi <budi@pabrik.example>', 'Sedang cuti', 'Saya sedang cuti sampai 1 Desember.'), 'answered auto-reply'],
  ['who wants to be asked first', letter('Budi <budi@pabrik.example>', 'Please confirm your message', 'To deliver your message, please click the link below to confirm that you are a human sender.', 'Auto-Submitted: auto-replied\n'), 'answered challenge'],
  ['a person who names a price', letter('Budi <budi@pabrik.example>', 'Re: Halo', 'Harga 550 ribu masih berlaku?'), 'answered reply'],
]

describe('what came back from', () => {
  for (const [system, mail, wanted] of REPORTS) test(`${system}: ${wanted}`, () => assert.equal(noted(mail), wanted))
})

test('a report on several speaks for each of them, by whatever of its names we know him', () => {
  const mail = report('MAILER-DAEMON@relay.example', 'report', [
    `Final-Recipient: rfc822; ${BUDI}\nAction: failed\nStatus: 5.1.1\nDiagnostic-Code: smtp; 550 5.1.1 unknown`,
    'Original-Recipient: rfc822;siti+2Bpromo@pabrik.example\nFinal-Recipient: rfc822; u7@store.pabrik.example\nAction: failed\nStatus: 5.2.2\nDiagnostic-Code: smtp; 552 5.2.2 over quota',
    String.raw`Final-Recipient: utf-8; \x{FC}mit@pabrik.example` + '\nAction: delivered\nStatus: 2.0.0',
  ])
  assert.deepEqual([BUDI, 'siti+promo@pabrik.example', 'ümit@pabrik.example'].map((each) => noted(mail, each)), ['bad-mailbox', 'mailbox-full', 'reported delivered'])
})
