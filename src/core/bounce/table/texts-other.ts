import type { BounceRule } from '../rule.ts'

/** What words say of the message, of rules there, and of the far side's health; and in the end what the class of the code says. */
export const OTHER_TEXTS: readonly BounceRule[] = [
  {
    id: 'T34', category: 'too-large', asked: 'first', text: /(?:message|mail|e-?mail|header)s? (?:file )?(?:size|length|(?:is |are )?too (?:big|large|long))|(?:too (?:big|large)|exceeds?)\b.{0,40}\b(?:message|mail|maximum) size|exceeds? (?:the )?(?:fixed |administrative )?(?:maximum|size|length)|size limit/i, unless: /quota|mailbox/i,
    tests: { yes: ['552 5.2.2 Message size exceeds the maximum', '554 The message is too large', '550 Mail size limit exceeded'], no: ['552 Mailbox size', '550 Large'] },
  },
  {
    id: 'T46', category: 'too-many-recipients', asked: 'first', text: /too many (?:recipients|rcpt|recip)/i, lasting: false,
    tests: { yes: ['452 4.5.3 Too many recipients', '552 Too many recipients', '550 5.7.1 Too many recips'], no: ['421 Too many connections', '452 Enough'] },
  },
  {
    id: 'T38', category: 'loop', asked: 'first', text: /mail(?:er|ing)? loop|\bloops? back|routing loop|too many hops|hop count|too many received|forwarding loop|Delivered-To.{0,30}(?:loop|already)|mail is looping/i,
    tests: { yes: ['554 5.4.6 Mail loop', '550 Too many hops', '554 5.0.0 loops back to myself'], no: ['554 Hop', '550 Loophole'] },
  },
  {
    id: 'T33', category: 'relay-denied', asked: 'first', text: /relay(?:ing)? (?:is )?(?:access )?(?:denied|not (?:permitted|allowed)|prohibited|refused)|unable to relay|no relaying|not (?:permitted|allowed) to relay|allowed rcpthosts|relay not|we do not relay|(?:must|need to) authenticate|authentication (?:is )?required|unauthenticated senders? not/i, unless: /RESOLVER\.RST/,
    tests: { yes: ['554 5.7.1 Relay access denied', '550 5.7.54 Unable to relay', "553 Sorry, that domain isn't in my list of allowed rcpthosts"], no: ['550 5.7.1 Access denied', '550 Delay'] },
  },
  {
    id: 'T47', category: 'expired', asked: 'text', text: /(?:delivery time|message|retry (?:time(?:out)?|limit)) (?:has )?(?:expired|exceeded)|too (?:long|old) in (?:the )?queue|in the queue too long|retry time(?:out)? (?:exceeded|not reached)|gave up|giving up|could not be delivered (?:for|within|in) \d|undelivered (?:for|after)|queue (?:time|lifetime)|envelope expired|failed (?:after )?\d{1,4} (?:attempts|tries)/i,
    tests: { yes: ['554 Delivery time expired', '550 Retry timeout exceeded', '554 Message expired'], no: ['550 Account expired', '550 Timeout'] },
  },
  {
    id: 'T37', category: 'host-unreachable', asked: 'text', text: /timed? ?out|connection (?:was )?(?:lost|reset|refused|dropped|closed)|no route to host|network (?:is )?unreachable|host (?:is )?unreachable|could ?n[o']t (?:be )?connect|couldn['’]?t establish|unable to (?:connect|establish)|cannot connect|no answer from|not respond|requests? to connect|(?:domain|host|server) is not reachable/i, unless: /ldap/i,
    tests: { yes: ['451 Connection timed out', '421 Connection lost', '554 connection refused'], no: ['550 Time flies', '550 Connections'] },
  },
  {
    id: 'T54', category: 'dns-temp', asked: 'first', text: /host not found, try again|name service error.{0,80}try again/i, lasting: false,
    tests: { yes: ['550 Host not found, try again', '451 Name service error for far.example: try again', '554 5.4.4 host not found, try again'], no: ['550 Host not found', '550 Name service error'] },
  },
  {
    id: 'T12a', category: 'dns-temp', asked: 'text', only: '4', text: /host\b.{0,60}not found|name ?server|DNS (?:lookup|error|query|fail)|name lookup|temporary lookup|cannot resolve/i,
    tests: { yes: ['451 Host far.example not found', '450 DNS lookup failed', '451 Temporary lookup failure'], no: ['550 Host not found', '451 Host is slow'] },
  },
  {
    id: 'T50', category: 'server-error', asked: 'text', text: /unable to contact (?:ldap|directory)|(?:ldap|database|directory)\b.{0,30}(?:fail|down|unavailable)|no such file or directory|command (?:failed|died)|internal (?:server |system )?error|configuration error|failed to read|\|.{0,80}unavailable|local (?:delivery|error)|can(?:not|'t) (?:create|open|write) (?:output|file)/i,
    tests: { yes: ['451 Unable to contact LDAP server', '554 Internal error', '550 No such file or directory'], no: ['550 Directory', '550 Command'] },
  },
  {
    id: 'T14', category: 'server-busy', asked: 'text', only: '4', text: /try (?:again )?later|try again|temporar|overload|busy|service (?:is )?(?:not |un)available|refused to talk|come back|r[ée]essayer/i,
    tests: { yes: ['450 Please try again later', '451 4.7.1 Temporarily deferred', '421 Service not available'], no: ['550 Try again later', '450 Later'] },
  },
  {
    id: 'T49', category: 'server-busy', asked: 'text', only: '5', text: /service (?:is )?(?:currently |temporarily )?unavailable\W*$|temporar(?:y|ily) (?:failure|unavailable|error)|please try (?:again )?later/i, unless: /exec|\|/, lasting: false,
    tests: { yes: ['554 Service currently unavailable', '550 Temporary failure', '554 Please try later'], no: ['550 Never try', '554 "|exec x"... Service unavailable'] },
  },
  {
    id: 'T31', category: 'policy', asked: 'text', text: /geo ?-?ip|geographical|(?:from )?(?:your |this )?countr(?:y|ies)\b.{0,30}(?:block|not|refus|denied)|blocked countr/i,
    tests: { yes: ['550 Refused by GeoIP', '554 Your country is not welcome', '550 geographical filter'], no: ['550 Country roads', '550 Geology'] },
  },
  {
    id: 'T51', category: 'policy', asked: 'text', text: /polic(?:y|ies)\b|access denied|not (?:permitted|authori[sz]ed|allowed)|prohibited|administrative(?:ly)?/i, unless: /spam|unrouteable/i,
    tests: { yes: ['550 Denied by policy', '550 5.7.1 Access denied', '554 Administrative prohibition'], no: ['550 Police', '550 Accessed'] },
  },
  {
    id: 'T52', category: 'spam-generic', asked: 'text', text: /ofr_50[67]|mail (?:rejete|rejected)|\bspam\b|message (?:was )?(?:rejected|refused|not accepted)/i, unless: /recipient|address/i,
    tests: { yes: ['550 5.2.0 Mail rejete. Mail rejected. ofr_506', '550 No spam please', '554 Message was refused'], no: ['550 Recipient message refused', '550 Mailing'] },
  },
  { id: 'T40', category: 'server-error', asked: 'last', only: '4', lasting: false, tests: { yes: ['450 Hm', '451 4.0.0 Well', '421 Ehm'], no: ['550 Hm', '250 Fine'] } },
]
