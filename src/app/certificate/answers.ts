import { alpnCertificateFor, textFor } from '../../core/certificate/sql-challenge.ts'
import type { Database } from '../../infra/db/database.ts'
import type { Handler } from '../../infra/http/routes.ts'
import type { Look } from '../../infra/http/divert.ts'
import { secure } from '../../infra/net/handshake.ts'
import { oneProtocol } from '../../infra/net/tls.ts'
import { isToken } from '../../proto/acme/resource.ts'
import { ACME_TLS } from '../../proto/acme/tls-alpn.ts'
import { readClientHello } from '../../proto/tls/client-hello.ts'

/** Where validators fetch answers: RFC 8555 §8.3. */
export const CHALLENGE_PATH = '/.well-known/acme-challenge/'

/** A validator's handshake: it waits for ten seconds or so itself. */
const ANSWER_WITHIN_MS = 15_000

/** What names are made of, before anybody is asked for one. RFC 1035 §2.3.4. */
const HOST_NAME = /^[a-z0-9.-]{1,253}$/

/** Answers HTTP-01 for every name: a token is known to nobody but the authority that made it. RFC 8555 §8.3. */
export function httpAnswers(db: Database): Handler {
  return async ({ method, path }) => {
    const token = path.startsWith(CHALLENGE_PATH) ? path.slice(CHALLENGE_PATH.length) : ''
    const text = (method === 'GET' || method === 'HEAD') && isToken(token) ? await textFor(db, token) : null
    if (text === null) return { status: 404, body: 'Not found.\n' }
    return { status: 200, headers: { 'content-type': 'application/octet-stream' }, body: text }
  }
}

/**
 * Takes connections of validators that speak acme-tls/1 and nothing else, shows them the certificate for the name they want, and ends. RFC 8737 §3. Every
 * worker of every node can, because the certificate is a row of the database.
 */
export function alpnAnswers(db: Database): Look {
  return (bytes) => {
    const step = readClientHello(bytes)
    if (step.kind === 'more') return step
    const { protocols, serverName } = step.kind === 'hello' ? step.hello : { protocols: [], serverName: null }
    if (serverName === null || !HOST_NAME.test(serverName) || protocols.length !== 1 || protocols[0] !== ACME_TLS) return { kind: 'usual' }
    return {
      kind: 'taken',
      async serve(socket) {
        socket.on('error', () => {}) // 'close' follows.
        const certificate = await alpnCertificateFor(db, serverName).catch(() => null) // A silent database has no answer; the authority is asked again later.
        if (certificate === null) return void socket.destroy()
        const secured = await secure(socket, oneProtocol(certificate, ACME_TLS), ANSWER_WITHIN_MS)
        if (!secured.ok) return
        const cut = setTimeout(() => socket.destroy(), ANSWER_WITHIN_MS)
        secured.value.once('close', () => clearTimeout(cut))
        secured.value.resume().end()
      },
    }
  }
}
