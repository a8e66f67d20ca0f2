/** Words that tell what a message is, one line a language where servers and people write in their own. */

/** A server tells of a failure: in the subject. Not after `Re:` or `Fwd:`, which a person writes. */
export const FAILURE_SUBJECT = anyOf([
  /^(?:\[?postmaster\]?:? )?(?:undeliver|returned mail|failure notice|failure delivery|mail failed|non[- ]?delivery)/,
  /\b(?:mail|message|delivery)\b.{0,30}\b(?:fail(?:ed|ure)|could not be delivered|status notification|not delivered|error|delayed|status|undeliverable)\b/,
  /\b(?:undelivered|undeliverable|unable to deliver|error sending your mail|could not send (?:mail|message)|mail system error)\b/,
  /\b(?:gagal|tidak)\b.{0,30}\b(?:terkirim|dikirim|pengiriman|disampaikan)\b|\bpengiriman\b.{0,30}\bgagal\b/,
  /unzustellbar|zustellung.{0,20}fehlgeschlagen|nicht zugestellt/,
  /non remis|échec de (?:la )?(?:remise|distribution)|non distribué/,
  /no se (?:ha podido|pudo) entregar|no entregado|no se puede entregar/,
  /mancat[ao] (?:consegna|recapito)|non recapitabile/,
  /não (?:foi )?(?:entregue|entregável)|falha na entrega/,
  /niet (?:be|af)geleverd|onbestelbaar/,
  /недостав|не доставлено|не может быть доставлено/,
  /配信(?:不能|エラー|でき)|送信(?:エラー|できません)|未達/,
  /退信|未送达|未送達|无法投递|無法傳送|发送失败/,
])

/** The same in the text. */
export const FAILURE_TEXT = anyOf([
  /\b(?:could ?n[o']t|could not|cannot|can ?not|can't|unable to|wasn't able to|not able to|were unable to|did not|was not|has not been) (?:be )?(?:deliver(?:ed)?|reach(?:ed)?|send|sent)\b/,
  /\b(?:delivery|deliver(?:ing)?) .{0,60}\b(?:failed|failure|aborted|error|delayed|problems?)\b|\b(?:error|trouble|problem|failed)\b.{0,40}\bdeliver(?:ing|y)?\b/,
  /\bundeliver(?:able|ed)\b|\bdelivery (?:errors?|problems?|failed)\b|\b(?:fatal|permanent) errors?\b|\bwas rejected by\b|\btranscript of session\b|\bfailure reasons?\b|\bfailed addresses\b/,
  /\b(?:invalid|unknown) (?:user|recipient)\b|\bmailbox (?:is full|exceeds)\b|\bno such user\b/,
  /\b(?:tidak (?:dapat|bisa|berhasil)|gagal) (?:di)?(?:kirim|sampaikan|antar|mengirim)/,
  /nicht (?:zugestellt|übermittelt)|konnte nicht/,
  /n['’]a (?:pas )?pu être (?:remis|distribué|livré)|pas pu être remis/,
  /no (?:se )?(?:ha podido|pudo|puede) (?:ser )?entrega/,
  /non (?:è stato possibile|può essere) (?:consegna|recapita)/,
  /не (?:может|могло|удалось)(?: быть)? доставлен|не доставлен/,
  /配信(?:でき|に失敗|され)|送信(?:でき|に失敗)|届け/,
  /无法(?:投递|送达)|無法(?:投遞|傳送|送達)|可能不存在/,
  /\bgroups\.google\.com\/support/,
])

/** It is late and not lost. */
export const DELAY = anyOf([
  /\b(?:has been|was|is|been) delayed\b|\(delay\)|\bdelayed (?:mail|message|for)\b|\bwarning(?:--|:| message only)/,
  /\bnot yet been delivered\b|\bwill (?:be retried|keep trying|continue to try|retry)\b|\btemporary failure report\b|\bnot need to re-?send\b/,
  /\btertunda\b|\bakan dicoba lagi\b/,
  /verzögert|retardé|retrasado|задерж|遅延|延迟/,
])

/** A machine answers for a person: in the subject. */
export const AUTO_REPLY_SUBJECT = anyOf([
  /^(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer)|auto:|autoreply|autoresponder)/,
  /\bout of (?:the )?office\b|\bon (?:vacation|holiday|leave|annual leave)\b|\baway (?:from|until|on)\b|\bvacation\b/,
  /^(?:thank you for (?:your (?:e-?mail|message|inquiry)|contacting)|we (?:have )?received your|your (?:message|request|ticket) (?:has been|was) received)/,
  /balas(?:an)? otomatis|sedang cuti|di luar kantor|tidak (?:berada )?di (?:kantor|tempat)/,
  /abwesen(?:d|heit)|automatische antwort|urlaub/,
  /réponse automatique|absen(?:t|ce) du bureau/,
  /respuesta automática|fuera de la oficina/,
  /resposta automática|risposta automatica|automatisch antwoord|autosvar/,
  /автоответ|автоматический ответ/,
  /自動(?:応答|返信)|不在(?:通知|のお知らせ)|自动(?:回复|答复)|自動回覆/,
])

/** The sender is to prove that a person writes. */
export const CHALLENGE = anyOf([
  /\b(?:confirm|verify|prove) (?:that )?(?:you (?:are|sent)|your (?:e-?mail|message|address))\b.{0,200}\b(?:click|reply|link|human|deliver)/,
  /\b(?:challenge[- ]response|sender (?:verification|confirmation)|boxbe|spam ?arrest|mailblocks)\b/,
  /\b(?:action required|please (?:click|reply)).{0,80}\b(?:message|e-?mail) (?:to be|will be|is) (?:delivered|released|held)\b/,
])

/** The first words that a person writes to be left alone. */
export const UNSUBSCRIBE = anyOf([
  /^\s*(?:please )?(?:unsubscribe|remove|opt[- ]?out|stop)(?: me)?\b.{0,60}$/,
  /\b(?:unsubscribe me|remove (?:me|my (?:e-?mail )?address)|take me off|stop (?:sending|e-?mailing|mailing))\b/,
  /\b(?:berhenti berlangganan|hentikan (?:kirim|email)|jangan kirim|hapus (?:saya|email saya|alamat))\b/,
  /\b(?:abmelden|désabonn|désinscri|dar(?:me)? de baja|cancelar suscripción)/,
])

/** One pattern out of many, without regard to case. */
function anyOf(patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => `(?:${source})`).join('|'), 'iu')
}
