import { createRoute, z } from '@hono/zod-openapi'
import type { OrganizationId } from '../../../base/brand.ts'
import type { Clock } from '../../../base/clock.ts'
import { isoTime } from '../../../base/iso-time.ts'
import { type Api, needsScope, newApi } from '../../../infra/http/api/api.ts'
import { ownerOf } from '../../../infra/http/api/caller.ts'
import { json } from '../../../infra/http/api/json.ts'
import { pageOf, wholePage } from '../../../infra/http/api/page.ts'
import { Problem } from '../../../infra/http/api/problem.ts'
import type { MailFile } from '../../../proto/mail/files-of.ts'
import { sayGone } from '../sent.ts'
import { sentById } from '../sql-sent.ts'
import { shownFiles, type ShownFrom } from '../story/sql-shown.ts'
import { FILE_MS, fileToken, readFileToken } from './address.ts'

/** Requests of this part that bring a token in place of a key. */
export const OPEN_FILE_PATHS: readonly string[] = ['GET /v1/attachments/content']

const middleware = needsScope('read')
const params = z.object({ id: z.string().max(100) })
const fileShape = z
  .object({
    id: z.string().openapi({ description: 'Its number in the message, from 1 on.' }),
    filename: z.string().nullable(),
    size: z.number().int(),
    content_type: z.string(),
    content_disposition: z.enum(['inline', 'attachment']),
    content_id: z.string().nullable(),
    download_url: z.string().openapi({ description: 'Gives its bytes to whoever has this address, until `expires_at`.' }),
    expires_at: z.iso.datetime(),
  })
  .openapi('EmailAttachment')

const list = createRoute({
  method: 'get', path: '/emails/{id}/attachments', summary: 'List the files of a message, in its order', middleware, request: { params },
  responses: { 200: json(pageOf(fileShape), 'All of them, until its bytes are removed: see /v1/retention') },
})

const show = createRoute({
  method: 'get', path: '/emails/{id}/attachments/{attachment}', summary: 'Show a file of a message', middleware,
  request: { params: params.extend({ attachment: z.string().regex(/^\d{1,4}$/, { error: 'is a number from 1 on' }) }) },
  responses: { 200: json(fileShape.extend({ object: z.literal('attachment') }), 'The file, and where its bytes are') },
})

const content = createRoute({
  method: 'get', path: '/attachments/content', summary: 'Fetch a file by the address that was told of it', security: [], request: { query: z.object({ token: z.string().max(400) }) },
  responses: { 200: { description: 'Its bytes', content: { 'application/octet-stream': { schema: z.string() } } } },
})

/** What the routes are made of. */
export interface FilesApiOptions extends ShownFrom {
  readonly clock: Clock
  /** What addresses of ours begin with. */
  readonly origin: string
}

/** `/v1/emails/{id}/attachments`: the files of a message that a program sent. */
export function filesApi({ clock, origin, ...from }: FilesApiOptions): Api {
  const { secret } = from
  const api = newApi()
  const filesOf = async (organization: OrganizationId, id: string): Promise<readonly MailFile[]> => {
    const sent = await sentById(from.db, organization, id)
    if (sent === null) throw new Problem(404, 'not_found', `There is no message ${id}`)
    const files = await shownFiles(from, sent.id)
    if (files === null) throw new Problem(410, 'gone', sayGone(sent))
    return files
  }
  const shown = (organization: OrganizationId, message: string, { number, name, type, contentId, isInline, bytes }: MailFile): z.infer<typeof fileShape> => {
    const expiresMs = clock.nowMs() + FILE_MS
    return {
      ...{ id: String(number), filename: name, size: bytes.length, content_type: type, content_disposition: isInline ? 'inline' : 'attachment', content_id: contentId },
      ...{ download_url: `${origin}/v1/attachments/content?token=${fileToken({ organization, message, number, expiresMs }, secret)}`, expires_at: isoTime(expiresMs) },
    }
  }
  api.openapi(list, async (context) => {
    const { id } = context.req.valid('param')
    const organization = ownerOf(context.get('caller'))
    return context.json(wholePage((await filesOf(organization, id)).map((file) => shown(organization, id, file))), 200)
  })
  api.openapi(show, async (context) => {
    const { id, attachment } = context.req.valid('param')
    const organization = ownerOf(context.get('caller'))
    const file = (await filesOf(organization, id)).find(({ number }) => number === Number(attachment))
    if (file === undefined) throw new Problem(404, 'not_found', `${id} has no file ${attachment}`)
    return context.json({ object: 'attachment' as const, ...shown(organization, id, file) }, 200)
  })
  api.openapi(content, async (context) => {
    const named = readFileToken(context.req.valid('query').token, secret, clock.nowMs())
    const file = named === null ? undefined : (await filesOf(named.organization, named.message)).find(({ number }) => number === named.number)
    if (file === undefined) throw new Problem(404, 'invalid_token', 'This address is not complete, or its time is over: ask for another')
    // Never shown by a browser as what its sender says it is.
    return new Response(new Uint8Array(file.bytes), { status: 200, headers: { 'content-type': 'application/octet-stream', 'content-disposition': 'attachment' } })
  })
  return api
}
