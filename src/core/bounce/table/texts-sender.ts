import type { BounceRule } from '../rule.ts'

/** What words say of us: address, domain, signature, speed. None of it is the recipient's fault. T1 to T40 are deliverability §4.4. */
export const SENDER_TEXTS: readonly BounceRule[] = [
  {
    id: 'T13', category: 'greylist', asked: 'first', text: /gr[ae]y-?list/i, lasting: false,
    tests: { yes: ['450 4.2.0 Greylisted', '451 4.7.1 Graylisting in action', '450 Recipient rejected: Greylisting'], no: ['450 4.2.0 Grey', '550 5.7.1 Blacklisted'] },
  },
  {
    id: 'T17a', category: 'block-url', asked: 'first', text: /surbl|uribl|(?:spamhaus|\b)dbl\b|(?:url|link|uri)s?\b.{0,40}\b(?:listed|blocked|malicious|blacklisted|phishing)|(?:blocked|black ?listed|malicious|bad) (?:url|link|uri)\b/i,
    tests: { yes: ['554 5.7.1 A URL in it is listed by SURBL', '550 blocked: link is malicious', '550 5.7.1 see dbl.spamhaus.example'], no: ['550 See the link for more', '554 Listed by Spamhaus'] },
  },
  {
    id: 'T19a', category: 'block-domain', asked: 'first', text: /(?:mail ?from|sender|sending|your|from) domain\b.{0,40}\b(?:listed|blocked|black ?listed|banned)/i,
    tests: { yes: ['550 5.1.0 MailFrom domain is listed in Spamhaus', '554 Your domain was blacklisted', '550 5.7.1 sending domain is blocked'], no: ['550 5.7.1 Your address is listed in Spamhaus', '550 Your domain is new'] },
  },
  {
    id: 'T16b', category: 'block-ip', asked: 'first', text: /\bip(?: address)? (?:is |was |has been )?(?:black ?listed|blocked|banned|rejected)|insecure mail relay|client host (?:\S{1,80} )?rejected|smtp server of your (?:isp|provider)/i, unless: /using|spamhaus|\bRBL\b|dnsbl|reverse|hostname|greylist|[gG]r[ae]y/i,
    tests: { yes: ['550 5.1.1 IP address blacklisted by recipient', '550 Insecure Mail Relay', '554 5.7.1 Client host rejected: no'], no: ['554 5.7.1 Client host rejected: cannot find your hostname', '550 IP of the recipient'] },
  },
  {
    id: 'T17', category: 'block-dnsbl', asked: 'first', text: /spamhaus|spamcop|barracudacentral|barracuda reputation|invaluement|sorbs|cloudmark|senderscore|return ?path|abuseat|uceprotect|mailspike|\bDNSBL\b|\bRBLs?\b|dnsbl|real-?time (?:black|block)|black ?hole list|\bin (?:a )?(?:dns )?(?:black|block) ?list/i,
    and: /block|list|refus|reject|denied|poor|reputation|abuse|spam|see|http/i, unless: /invalid return path|bad return path/i,
    tests: { yes: ['554 5.7.1 Client host 192.0.2.1 blocked using zen.spamhaus.example', '550 5.1.1 Rejected: listed in an RBL', '550 found in a DNS blacklist'], no: ['550 5.7.1 You are in our own list', '550 5.1.7 Invalid return path'] },
  },
  {
    id: 'T28', category: 'auth-failed', asked: 'first', text: /reverse[- ](?:dns|hostname|lookup|name)|\bPTR\b|\brDNS\b|client (?:host ?)?name.{0,20}(?:not found|cannot be found)|cannot find your (?:reverse )?hostname|mismatches client ip/i,
    tests: { yes: ['550 5.7.1 Fix reverse DNS for 192.0.2.1', '450 4.7.1 Client hostname cannot be found', '554 Bad DNS PTR resource record'], no: ['550 5.1.2 DNS lookup failed', '550 Hostname is bad'] },
  },
  {
    id: 'T26', category: 'auth-failed', asked: 'first', text: /\bDMARC\b|DmarcRejection|unauthenticated (?:e-?mail|message|mail)|does not have authentication information|purported responsible/i,
    tests: { yes: ['550 5.7.1 Refused by the DMARC policy', '554 DmarcRejection', '550 DMARC check failed'], no: ['550 5.7.1 Refused by policy', '550 dmarco'] },
  },
  {
    id: 'T27', category: 'auth-failed', asked: 'first', text: /\bSPF\b.{0,40}(?:fail|not pass|record|check|invalid|bad|settings)|(?:bad|failed?|invalid|per it'?s) SPF|spf\.pobox|\bDKIM\b.{0,40}(?:fail|did not pass|invalid|missing|required|signature (?:bad|verif))|domain owner (?:discourages|disallows)/i, unless: /duplicate header/i,
    tests: { yes: ['550 5.7.1 SPF check failed', '550 DKIM signature did not pass', '550 Bad SPF records for far.example'], no: ['550 5.1.1 SPFriends unknown', '554 Duplicate header DKIM-Signature'] },
  },
  {
    id: 'T38a', category: 'auth-failed', asked: 'first', text: /TLS (?:is )?required|STARTTLS first|must issue a STARTTLS|encryption (?:is )?required|requires? (?:TLS|encryption)/i,
    tests: { yes: ['530 5.7.0 Must issue a STARTTLS command first', '550 TLS required', '554 5.7.1 Encryption required'], no: ['550 5.7.1 TLS is fine', '454 TLS not available'] },
  },
  {
    id: 'T24', category: 'virus', asked: 'first', text: /\bvirus|malware|trojan|\binfected|security issue|content presents a potential|phishing/i, unless: /anti-?virus|virus ?scan(?:ner)?|virus check/i,
    tests: { yes: ['550 5.7.1 Virus detected', '552 5.7.0 security issue', '554 The message is infected'], no: ['451 Anti-virus is down', '550 virusscanner timed out'] },
  },
  {
    id: 'T25', category: 'attachment', asked: 'first', text: /attachments?\b.{0,40}(?:not allowed|blocked|prohibited|refused|banned|rejected)|(?:banned|blocked|prohibited) (?:file|attachment|extension)|file ?(?:type|name)s?\b.{0,30}(?:not allowed|blocked|banned)/i,
    tests: { yes: ['552 5.7.0 Attachments of this kind are not allowed', '550 Banned file extension', '554 5.7.1 attachment blocked'], no: ['550 Attachment', '550 File not found'] },
  },
  {
    id: 'T18', category: 'block-ip', asked: 'first', text: /\bS31[45]0\b|on our block ?list/i,
    tests: { yes: ['550 5.7.1 Part of their network is on our block list (S3150)', '550 (S3140)', '554 You are on our blocklist'], no: ['550 S3151', '550 not on our allow list'] },
  },
  {
    id: 'T19', category: 'block-domain', asked: 'first', text: /(?:poor|low|bad) (?:\w+ )?reputation/i, and: /domain/i,
    tests: { yes: ['550 5.7.1 Low reputation of the sending domain', '554 Domain has a poor reputation', '550 bad reputation, domain'], no: ['550 Low reputation of your address', '550 Domain is bad'] },
  },
  {
    id: 'T20', category: 'block-ip', asked: 'first', text: /(?:poor|low|bad) (?:\w+ )?reputation/i, unless: /domain/i,
    tests: { yes: ['550 5.7.1 Poor reputation', '554 Low reputation of this IP', '421 4.7.0 bad email reputation'], no: ['550 Poor domain reputation', '550 Good reputation'] },
  },
  {
    id: 'T30', category: 'block-ip', asked: 'first', text: /dynamic (?:ip|range|address)|residential|\bDY-00|RTR:(?:BB|DU)|\bES0000/i,
    tests: { yes: ['550 5.7.1 Mail from dynamic IP is refused', '554 RTR:BB', '550 residential space'], no: ['550 Dynamic content', '554 RTR:XX'] },
  },
  {
    id: 'T15', category: 'throttled', asked: 'first', lasting: false, text: /too many (?:connections|messages|sessions|emails|errors|invalid)|too fast|rate[- ]limit|rate exceeded|connection rate|throttl|frequency limit|sending rate|exceeded (?:the |your )?(?:hourly|daily|sending|rate)|too much mail from|rate of .{0,30}limited/i, unless: /recipient.{0,20}rate|at a rate/i,
    tests: { yes: ['421 4.7.0 Too many connections', '550 Ip frequency limited', '452 4.3.2 Connection rate limit exceeded'], no: ['452 Too many recipients', '550 At a glance'] },
  },
  {
    id: 'T39', category: 'block-ip', asked: 'first', text: /(?:legal|contact)\b.{0,40}imprint|tosa@|ask for help at/i,
    tests: { yes: ['554 IP=192.0.2.1 - ask for help at tosa@far.example', '550 no contact in the imprint', '554 legal notice: imprint missing'], no: ['554 Contact us', '550 Print'] },
  },
  {
    id: 'T16', category: 'block-ip', asked: 'first', text: /\b(?:blocked|black ?listed|banned|blocklisted|block ?list|blacklist)\b|listed (?:at|on|in|by)/i, and: /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b|\bip\b|client host|your (?:host|server|address|network)|\bhost\b.{0,30}(?:block|black)/i,
    unless: /by (?:the )?(?:user|recipient)|has blocked you|imprint|not listed/i,
    tests: { yes: ['550 5.7.1 192.0.2.1 is blocked', '554 Your server is blacklisted here', '550 Client host is banned'], no: ['550 Content blocked', '550 5.1.1 budi is not listed in our directory'] },
  },
  {
    id: 'T23', category: 'spam-content', asked: 'first', text: /DT:SPM|Mail content denied|HVU:B|RLY:BD/,
    tests: { yes: ['554 DT:SPM 163', '550 Mail content denied', '554 HVU:B1'], no: ['554 DT:X', '550 Mail denied'] },
  },
  {
    id: 'T22', category: 'spam-content', asked: 'first', text: /spam(?:my)? (?:content|message)|(?:classified|scored|identified|detected|considered|flagged|rejected|recogni[sz]ed|looks?|tagged) (?:as|like)(?: \w+)? ?(?:possible )?spam|unsolicited|junk ?mail|\bspam\b\W{0,3}$|- SPAM\b|spam (?:detected|score|filter|signature)|high probability of spam|is spam|MCSpamSignature|rejected (?:for|by|due to) (?:\w+ )?(?:spam|content)|content (?:rejected|denied|filter)|message content/i, unless: /by (?:the )?(?:user|recipient)/i,
    tests: { yes: ['554 5.7.1 Message classified as spam', '550 5.1.1 looks like spam', '554 5.7.0 Reject, id=1 - SPAM', '550 message content rejected'], no: ['550 5.1.1 spammer@far.example is unknown', '550 antispam'] },
  },
  {
    id: 'T29', category: 'sender-rejected', asked: 'first', text: /sender(?:'s)? (?:address |domain )?(?:rejected|denied|refused|unknown|not (?:found|valid|exist))|sender (?:address )?(?:verif\w+ failed|verification)|invalid sender|unroutable sender|domain of (?:the )?(?:sender|return)|return path.{0,30}(?:not|invalid|bad)|does not exist E\d{3,5}/i, unless: /authenticat|spf|dmarc|valid sender domain/i,
    tests: { yes: ['501 5.1.8 Sender address rejected', '550 5.1.1 Sender verify failed', '450 4.1.8 Domain of sender address does not resolve'], no: ['550 Recipient rejected', '550 5.7.1 Unauthenticated sender refused'] },
  },
  {
    id: 'T35', category: 'protocol', asked: 'first', text: /duplicate header|RFC ?-?(?:5322|2822|822)|malformed|bare (?:LF|CR|newline|linefeed)|multiple From|multiple .{0,20}addresses in From|header error|headers? too (?:long|large)|missing (?:header|from|date)|improper sequence/i, unless: /name server|headers too large/i,
    tests: { yes: ['554 5.6.0 Duplicate header To', '550 5.7.1 Not RFC 5322 compliant', '554 5.7.0 Header error'], no: ['550 RFC 1', '550 Bare hands'] },
  },
  {
    id: 'T36', category: 'protocol', asked: 'first', text: /Message-ID/i, and: /missing|invalid/i,
    tests: { yes: ['550 5.7.1 Message-ID is missing', '554 invalid Message-ID', '550 missing: Message-Id'], no: ['550 Message-ID seen', '550 missing'] },
  },
]
