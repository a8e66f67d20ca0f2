import type { BounceRule } from '../rule.ts'

/** What words say of the recipient and of where the mail goes. T1 to T40 are deliverability §4.4; the wider lists are from replies of common servers. */
export const RECIPIENT_TEXTS: readonly BounceRule[] = [
  {
    id: 'T41', category: 'bad-mailbox', asked: 'first', text: /RESOLVER\.ADR\.(?:Ex)?Recip(?:ient)?NotFound|not listed in (?:the )?(?:domino directory|public name & address book)|LPN007/i,
    tests: { yes: ['550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found', '550 5.1.1 RESOLVER.ADR.ExRecipNotFound', '554 budi (budi@far.example) not listed in Domino Directory', '554 budi not listed in public Name & Address Book'], no: ['550 5.7.1 RESOLVER.RST.AuthRequired', '550 5.1.4 RESOLVER.ADR.Ambiguous'] },
  },
  {
    id: 'T42', category: 'policy', asked: 'first', text: /recipient preferences|RESOLVER\.RST\.|only accepts messages from|not (?:authori[sz]ed|allowed|permitted) to (?:send|post) to (?:this|the) (?:group|list|recipient|distribution)|may not have permission to post|members? only/i,
    tests: { yes: ['550 5.1.1 Refused due to recipient preferences', '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required', '550 5.7.1 This group only accepts messages from members'], no: ['550 5.1.1 No such recipient', '550 5.7.1 RESOLVER.ADR.Ambiguous'] },
  },
  {
    id: 'T32', category: 'policy', asked: 'first', text: /(?:rejected|blocked) by (?:the )?(?:user|recipient)|user (?:has )?blocked you|not on (?:the |my |our |their )?(?:allow|bypass|white) ?list/i,
    tests: { yes: ['550 Rejected by the recipient', '554 5.7.1 Blocked by user', '550 5.1.1 You are not on the allow list'], no: ['550 5.1.1 No such recipient', '554 Blocked by a list'] },
  },
  {
    id: 'B14', category: 'mailbox-full-inactive', asked: 'first', text: /(?:out of storage(?: space)?|full|over quota) and inactive|OverQuotaPerm/i, lasting: true,
    tests: { yes: ['452 4.2.2 The inbox is out of storage space and inactive', '552 out of storage and inactive', '554 see p=OverQuotaPerm'], no: ['452 Out of storage', '550 Inactive'] },
  },
  {
    id: 'T11', category: 'mailbox-full', asked: 'first', lasting: false,
    text: /over ?quota|over (?:the |its |his |her |their )?(?:disk |storage |mail(?:box)? )?quota|(?:mail)?box(?:es)? (?:is |are |for user is |size )?(?:over)?full|full mailbox|(?:storage|disk|mailbox|user) quota exceeded|quota exceed|exceed\w* (?:\w+ ){0,3}quota|out of storage|insufficient (?:disk |storage )?space|mailbox exceeds allowed|not enough (?:storage|disk) space|storage (?:limit|quota)|mailbox (?:size )?limit|(?:kuota|kotak|penyimpanan).{0,80}\bpenuh|kuota.{0,80}(?:habis|terlampaui)|postfach (?:ist )?voll|bo[iî]te (?:aux lettres |mail )?(?:est )?pleine|buz[oó]n (?:est[aá] )?lleno|caixa (?:postal |de correio )?(?:est[aá] )?cheia|casella[^.]{0,20}piena|邮箱已满|信箱已滿|ящик[^.]{0,20}переполнен|kutusu dolu/i,
    unless: /message size|too large|log|memory/i,
    tests: { yes: ['550 5.1.1 The mailbox is full', '552 5.7.1 Over quota', '550 Kotak surat budi penuh', '554 Kuota kotak surat budi@far.example sudah penuh', '554 Postfach voll', '550 user quota exceeded', '452 Insufficient disk space', '550 User mailbox exceeds allowed size'], no: ['550 Full stop', '552 Message size exceeds the quota for messages'] },
  },
  {
    id: 'T10', category: 'inactive-mailbox', asked: 'first', text: /\b554\.30\b|DisabledUser|\bRACT\b/,
    tests: { yes: ['554 554.30 Not in use', '550 5.7.1 p=DisabledUser', '554 RACT'], no: ['554 55.30', '550 disabledness'] },
  },
  {
    id: 'T53', category: 'inactive-mailbox', asked: 'first', text: /inactive (?:e-?mail )?(?:address|account|user|mailbox|recipient)|(?:account|mailbox) (?:is |has been )?(?:disabled|deactivated|suspended)/i, unless: /spam|abuse/i,
    tests: { yes: ['550 5.1.1 <budi@far.example>: inactive email address', '550 5.1.1 The account has been disabled', '554 mailbox deactivated'], no: ['550 5.1.1 Active', '550 5.1.1 account disabled for spam'] },
  },
  {
    id: 'T9', category: 'inactive-mailbox', asked: 'text', text: /(?:account|mailbox|user|recipient|address)\b.{0,40}\b(?:disabled|suspended|inactive|expired|closed|deactivated|discontinued|dormant|locked|nonaktif|dinonaktifkan|ditutup)|(?:disabled|suspended|inactive|deactivated|expired|closed) (?:account|mailbox|user|recipient)|no longer (?:in use|active|available|works|valid)|has left the (?:company|organi[sz]ation)|(?:akun|kotak surat|pengguna).{0,40}(?:nonaktif|tidak aktif|ditutup|ditangguhkan)|compte.{0,20}d[ée]sactiv|konto.{0,20}(?:gesperrt|deaktiviert)/i,
    unless: /transaction|connection|spam|abuse/i,
    tests: { yes: ['550 The account at far.example was closed', '554 5.7.1 User is deactivated', '550 Akun ini sudah tidak aktif', '550 This address is no longer in use'], no: ['554 Connection closed', '550 The account is not there'] },
  },
  {
    id: 'T1', category: 'bad-mailbox', asked: 'text', text: /user unknown|unknown (?:or illegal )?(?:local )?(?:user|recipient|mailbox|address|alias)|no such (?:user|recipient|mailbox|person|address|account|local user)|unknown to (?:us|this)|unknown\W{0,4}(?:user|recipient)/i, unless: /address error/i,
    tests: { yes: ['550 User unknown', '553 unknown or illegal user: budi', '550 5.7.1 No such mailbox'], no: ['550 Host unknown', '550 Unknown command'] },
  },
  {
    id: 'T2', category: 'bad-mailbox', asked: 'text', only: '5', text: /(?:user|mailbox|account|recipient|address|alias|inbox|name)\b.{0,60}\b(?:does(?:n['’]?t| not)|do(?:n['’]t| not)) (?:exist|have an?)|(?:does(?:n['’]?t| not)|did not) have an? .{0,40}(?:account|mailbox)|user not exist|does not exist here|no mailbox here|no account by that name/i, unless: /sender|domain|policy|group/i,
    tests: { yes: ['550 5.7.1 The email account that you tried to reach does not exist', "554 This user doesn't have a far.example account", '550 User not exist'], no: ['451 The user does not exist yet', '550 Domain does not exist'] },
  },
  {
    id: 'T3', category: 'bad-mailbox', asked: 'text', only: '5', text: /(?:mailbox|address|recipient|user|account)(?: name)? (?:was |is |could ?n[o']t be |cannot be )?(?:not found|found to be invalid|unavailable|unknown|invalid|not (?:known|recogni[sz]ed|valid|registered|listed|defined|here|available|local|accepting mail))|(?:address|user|recipient|mailbox|account) couldn['’]t be found|recipient name is not recogni[sz]ed|not a (?:registered|known|local) (?:gateway )?user|user \S{1,80} (?:is )?(?:not found|unknown)/i, unless: /sender/i,
    tests: { yes: ['550 Mailbox unavailable', '554 5.7.1 Recipient not found', '550 The recipient name is not recognized', "550 The address couldn't be found"], no: ['450 Mailbox unavailable', '550 Sender address unknown'] },
  },
  {
    id: 'T4', category: 'bad-mailbox', asked: 'text', text: /invalid (?:recipient|mailbox|address|user|destination)|not a valid (?:user|mailbox|recipient|address)|illegal (?:user|recipient|alias)|bad destination (?:mailbox|address)|adresse destinataire invalide/i, unless: /sender|from|hostname|helo/i,
    tests: { yes: ['553 Invalid recipient budi@far.example', '550 5.7.1 Not a valid mailbox', '550 bad destination mailbox address'], no: ['550 Invalid sender address', '501 Invalid hostname'] },
  },
  {
    id: 'T5', category: 'bad-mailbox', asked: 'text', text: /unrout(?:e)?able address|undeliverable address|(?:recipient|address) rejected: (?:undeliverable|unverified)|all relevant MX records point to non-existent hosts/i, unless: /sender|policy|access denied|greylist|dns|spf|dmarc|rate|block|spam|virus|limit|relay|<[^>]*>: recipient address rejected\.?$/i,
    tests: { yes: ['550 Unrouteable address', '550 5.0.0 Undeliverable address', '550 Recipient address rejected: unverified address'], no: ['550 Unroutable sender address', '550 Address rejected: policy'] },
  },
  {
    id: 'T6', category: 'bad-mailbox', asked: 'text', text: /utilisateur inconnu|adresse\b.{0,20}inconnue|destinataire inconnu|utente (?:sconosciuto|non)|destinatario (?:sconosciuto|desconocido|no existe)|usu[aá]rio (?:desconocido|desconhecido|inexistente|no existe|n[aã]o existe)|(?:empf[aä]nger|benutzer)[^.]{0,20}(?:unbekannt|nicht gefunden|existiert nicht)|onbekende (?:gebruiker|ontvanger)|brak takiego u[zż]ytkownika|пользовател[ья] (?:не найден|не существует)|kullan[iı]c[iı] bulunamad[iı]/i,
    tests: { yes: ['550 Utilisateur inconnu', '550 Usuario desconocido', '550 Empfänger unbekannt'], no: ['550 Hôte inconnu', '550 Domaine inconnue'] },
  },
  {
    id: 'T7', category: 'bad-mailbox', asked: 'text', text: /(?:pengguna|alamat|akun|penerima|kotak surat)[^.]{0,40}tidak (?:ditemukan|dikenal|terdaftar|ada|valid|sah)|(?:alamat|penerima) tidak wujud/i,
    tests: { yes: ['550 Pengguna tidak ditemukan', '550 Alamat email budi tidak terdaftar', '554 Penerima tidak dikenal'], no: ['550 Domain tidak ditemukan', '550 Akun ditutup'] },
  },
  {
    id: 'T8', category: 'bad-mailbox', asked: 'text', text: /用户不存在|无此用户|使用者不存在|收件人不存在|User not found|(?:見つかりません|存在しません)|存在しないユーザ/i,
    tests: { yes: ['550 用户不存在', '550 无此用户', '550 宛先が見つかりません'], no: ['550 域名不存在', '550 Host not found'] },
  },
  {
    id: 'T12', category: 'bad-domain', asked: 'text', only: '5', text: /domain(?: \S{1,80})? (?:does not|doesn['’]?t) (?:exist|receive|accept)|(?:host|domain)(?: name)?\b.{0,80}\bnot found|host(?:name)? unknown|unknown (?:host|domain)|no (?:valid )?MX|null MX|NXDOMAIN|no SMTP service|couldn['’]?t find (?:a mail exchanger|any host)|no such domain|domain (?:tidak|tak) (?:ditemukan|ada)|domaine? inconnu/i, unless: /sender|return path|reverse|bad dns ptr/i,
    tests: { yes: ['550 The domain far.example does not exist', '554 Host unknown', "550 Sorry, I couldn't find a mail exchanger", '550 Null MX'], no: ['450 Host not found', '550 Domain of sender does not exist'] },
  },
  {
    id: 'T44', category: 'bad-domain', asked: 'text', only: '4', text: /NXDOMAIN|null MX|doesn['’]?t (?:receive|accept) e?mail/i, lasting: true,
    tests: { yes: ['450 DNS error: NXDOMAIN', '451 returned Null MX', "450 The domain doesn't receive email"], no: ['450 Host not found', '550 Denied'] },
  },
  {
    id: 'T45', category: 'relay-denied', asked: 'text', text: /name service error|could not find a gateway|no route to/i,
    tests: { yes: ['550 Name service error for far.example', '550 Could not find a gateway', '554 No route to host there'], no: ['550 Name unknown', '550 Gateway'] },
  },
]
