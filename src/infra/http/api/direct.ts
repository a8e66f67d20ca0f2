import type { HttpAnswer, HttpRequest } from '../request.ts'
import { type ApiOptions, callerOf, type LargeBody, problemOf, requestIdOf, scopeFault } from './api.ts'
import type { Caller } from './caller.ts'
import type { LargeBodyFor } from './held.ts'
import { checkUnpacked } from './legible.ts'
import { Problem, problemAnswer } from './problem.ts'

/**
 * A POST that is asked so often, or takes such large bodies, that it is served without the framework: its requests and answers cost more than the work
 * itself. Keys, scopes, ids of requests and problems are as everywhere.
 */
export interface Direct {
  /** What a key needs. */
  readonly scope: string
  /** The media type of its body. Whoever says none is believed to send this. */
  readonly takes: string
  /** Throws `Problem`; what else it throws is a bug. It looks at `caller.domains` itself. */
  readonly handle: (asked: DirectAsked) => Promise<HttpAnswer>
}

/** A request of somebody who may ask. */
export interface DirectAsked {
  readonly path: string
  readonly caller: Caller
  /** A header field, by its lower-case name. */
  readonly header: (name: string) => string | undefined
  /** Reads the body. */
  readonly large: LargeBody
}

/** Answers a request from beginning to end. */
export type DirectHandler = (request: HttpRequest, largeFor: LargeBodyFor) => Promise<HttpAnswer>

/** Serves such a POST as a part of an API. */
export function directHandler(options: ApiOptions, { scope, takes, handle }: Direct): DirectHandler {
  const answerTo = async ({ method, path, headers, address }: HttpRequest, largeFor: LargeBodyFor, requestId: string): Promise<HttpAnswer> => {
    const header = (name: string): string | undefined => {
      const value = headers[name]
      return typeof value === 'string' ? value : undefined
    }
    const session = { method, cookie: header('cookie'), origin: header('origin'), csrf: header('x-csrf-token') }
    const caller = await callerOf({ authorization: header('authorization'), session, address }, options)
    const fault = scopeFault(caller, scope)
    if (fault !== null) throw fault
    const told = options.rate({ caller, address, of: 'send' })
    checkUnpacked(header('content-encoding'))
    const type = header('content-type') ?? takes
    if (type.split(';', 1)[0]?.trim().toLowerCase() !== takes) throw new Problem(415, 'unsupported_media_type', `Say what the body is: Content-Type: ${takes}`)
    const answer = await handle({ path, caller, header, large: largeFor(caller.organization) }).catch((error: Error) => problemAnswer(problemOf(error, options.log, path), requestId))
    return answer.headers !== undefined && 'ratelimit-limit' in answer.headers ? answer : { ...answer, headers: { ...told, ...answer.headers } }
  }
  return async (request, largeFor) => {
    const beganMs = performance.now()
    const asked = request.headers['request-id']
    const requestId = requestIdOf(typeof asked === 'string' ? asked : '', options.newId)
    const answer = await answerTo(request, largeFor, requestId).catch((error: Error) => problemAnswer(problemOf(error, options.log, request.path), requestId))
    options.answered({ method: request.method, route: request.path, status: answer.status, requestId, tookMs: performance.now() - beganMs })
    return { ...answer, headers: { ...answer.headers, 'request-id': requestId } }
  }
}
