import { beginsWithDay } from '../../../base/calendar-day.ts'
import { fail, ok, type Result } from '../../../base/result.ts'
import { type MailParams, NO_MAIL_PARAMS, NO_RCPT_PARAMS, type Notify, type OriginalRecipient, type RcptParams } from '../envelope.ts'
import { MAX_ENVID_CHARS, MAX_HOLD_SECONDS, MAX_ORCPT_CHARS } from '../limits.ts'
import { type Reply, reply } from '../reply.ts'
import { decodeUtf8Address, decodeXtext } from '../xtext.ts'
import { MAX_PARAMS } from './limits.ts'

/** A value under construction. */
type Writable<T> = { -readonly [Key in keyof T]: T[Key] }

/** What reading one parameter came to: null when it was taken. */
type ParamFault = 'unknown' | 'bad-value' | null

const KEYWORD = /^[A-Za-z0-9][A-Za-z0-9-]*$/
// esmtp-value of RFC 5321 §4.1.2, with UTF-8 as RFC 6531 §3.3 adds.
const VALUE = /^[^\0- =\x7f]+$/u
const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i

/** The parameters of MAIL, `text` being all that follows the path. Whether each is offered here is for the session to say. */
export function parseMailParams(text: string): Result<MailParams, Reply> {
  if (text === '') return ok(NO_MAIL_PARAMS)
  const params: Writable<MailParams> = { ...NO_MAIL_PARAMS }
  const fault = readParams(text, (keyword, value) => takeMailParam(params, keyword, value))
  return fault === null ? ok(params) : fail(fault)
}

/** The parameters of RCPT. RFC 3461 §4.1, §4.2. */
export function parseRcptParams(text: string): Result<RcptParams, Reply> {
  if (text === '') return ok(NO_RCPT_PARAMS)
  const params: Writable<RcptParams> = { ...NO_RCPT_PARAMS }
  const fault = readParams(text, (keyword, value) => takeRcptParam(params, keyword, value))
  return fault === null ? ok(params) : fail(fault)
}

/** Reads `KEY=value KEY ...`. A keyword twice is an error; one we do not know is 555 (RFC 5321 §4.1.1.11). */
function readParams(text: string, take: (keyword: string, value: string | null) => ParamFault): Reply | null {
  const words = text.split(' ').filter((word) => word !== '')
  if (words.length > MAX_PARAMS) return reply(501, '5.5.4', 'Too many parameters')
  const seen = new Set<string>()
  for (const word of words) {
    const equals = word.indexOf('=')
    const keyword = (equals === -1 ? word : word.slice(0, equals)).toUpperCase()
    const value = equals === -1 ? null : word.slice(equals + 1)
    if (!KEYWORD.test(keyword) || (value !== null && !VALUE.test(value))) return reply(501, '5.5.4', 'Broken parameter')
    if (seen.has(keyword)) return reply(501, '5.5.4', `${keyword} was given twice`)
    seen.add(keyword)
    const fault = take(keyword, value)
    if (fault === 'unknown') return unknownParam(keyword)
    if (fault === 'bad-value') return reply(501, '5.5.4', `Bad value of ${keyword}`)
  }
  return seen.has('HOLDFOR') && seen.has('HOLDUNTIL') ? reply(501, '5.5.4', 'HOLDFOR and HOLDUNTIL exclude each other') : null
}

/** The refusal of a parameter that we do not know, or do not offer here. RFC 5321 §4.1.1.11. */
export function unknownParam(keyword: string): Reply {
  return reply(555, '5.5.4', `Parameter ${keyword.slice(0, 40)} is not known here`)
}

function takeMailParam(params: Writable<MailParams>, keyword: string, value: string | null): ParamFault {
  switch (keyword) {
    case 'SIZE':
      params.size = value !== null && /^[0-9]{1,20}$/.test(value) ? Number(value) : null
      return params.size === null ? 'bad-value' : null
    case 'BODY': {
      const body = value?.toUpperCase()
      if (body !== '7BIT' && body !== '8BITMIME' && body !== 'BINARYMIME') return 'bad-value'
      params.body = body
      return null
    }
    case 'SMTPUTF8':
      params.smtpUtf8 = true
      return value === null ? null : 'bad-value'
    case 'REQUIRETLS':
      params.requireTls = true
      return value === null ? null : 'bad-value'
    case 'RET': {
      const ret = value?.toUpperCase()
      if (ret !== 'FULL' && ret !== 'HDRS') return 'bad-value'
      params.ret = ret
      return null
    }
    case 'ENVID':
      params.envid = decodeEnvid(value)
      return params.envid === null ? 'bad-value' : null
    case 'AUTH':
      params.auth = value === null ? null : decodeXtext(value)
      return params.auth === null ? 'bad-value' : null
    case 'HOLDFOR':
    case 'HOLDUNTIL':
      return takeHold(params, keyword, value ?? '')
    default:
      return 'unknown'
  }
}

/** RFC 4865 §3, with its erratum 2040: an RFC 3339 date-time. */
function takeHold(params: Writable<MailParams>, keyword: 'HOLDFOR' | 'HOLDUNTIL', value: string): ParamFault {
  if (keyword === 'HOLDFOR') {
    const seconds = /^[1-9][0-9]{0,8}$/.test(value) ? Number(value) : 0
    if (seconds < 1 || seconds > MAX_HOLD_SECONDS) return 'bad-value'
    params.hold = { kind: 'for', seconds }
    return null
  }
  const atMs = DATE_TIME.test(value) && beginsWithDay(value) ? Date.parse(value.toUpperCase()) : Number.NaN
  if (Number.isNaN(atMs)) return 'bad-value'
  params.hold = { kind: 'until', atMs }
  return null
}

function takeRcptParam(params: Writable<RcptParams>, keyword: string, value: string | null): ParamFault {
  switch (keyword) {
    case 'NOTIFY':
      params.notify = parseNotify(value ?? '')
      return params.notify === null ? 'bad-value' : null
    case 'ORCPT':
      params.orcpt = parseOrcpt(value ?? '')
      return params.orcpt === null ? 'bad-value' : null
    default:
      return 'unknown'
  }
}

/** NEVER alone, or a list of the others. RFC 3461 §4.1. */
function parseNotify(value: string): Notify | null {
  const upper = value.toUpperCase()
  if (upper === 'NEVER') return 'NEVER'
  const wanted: ('SUCCESS' | 'FAILURE' | 'DELAY')[] = []
  for (const word of upper.split(',')) {
    if ((word !== 'SUCCESS' && word !== 'FAILURE' && word !== 'DELAY') || wanted.includes(word)) return null
    wanted.push(word)
  }
  return wanted
}

/** `rfc822;` with xtext, or `utf-8;` in one of the forms of RFC 6533 §3. */
function parseOrcpt(value: string): OriginalRecipient | null {
  const semicolon = value.indexOf(';')
  if (semicolon < 1 || value.length > MAX_ORCPT_CHARS) return null
  const type = value.slice(0, semicolon).toLowerCase()
  if (!/^[a-z0-9-]+$/.test(type)) return null
  const address = type === 'utf-8' ? decodeUtf8Address(value.slice(semicolon + 1)) : printable(decodeXtext(value.slice(semicolon + 1)))
  return address === null || address === '' ? null : { type, address }
}

function decodeEnvid(value: string | null): string | null {
  return value === null || value.length > MAX_ENVID_CHARS ? null : printable(decodeXtext(value))
}

/** RFC 3461 §4.2, §4.4: what the xtext stands for is printable ASCII; anything else would be syntax in a report. */
function printable(text: string | null): string | null {
  return text !== null && /^[ -~]*$/.test(text) ? text : null
}
