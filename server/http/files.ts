import { z } from 'zod'
import { FileSchema } from '#protocol/api/files.ts'
import { addFile } from '#server/commands/add-file.ts'
import { readFile } from '#server/commands/read-file.ts'
import { RequestError } from '#server/domain/errors.ts'
import { isImage } from '#server/domain/file-type.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { IdParameter, problems } from './route-schema.ts'

export const FILES_URL = '/api/v1/files'

const tags = ['files']
const ANY_TYPE = 'application/octet-stream'
/** Bodies that hold more, or something else, than the bytes of one file. */
const WRAPPINGS = /^(?:multipart\/.*|application\/json)$/
/** What an id stands for never changes; other users of the same browser are to get nothing from its cache. */
const IMMUTABLE = 'private, max-age=31536000, immutable'
/** Opened in a tab of its own it is no page of ours: it runs nothing and loads nothing. */
const SANDBOX = "default-src 'none'; sandbox"

export function fileRoutes(app: App, deps: RouteDependencies): void {
  const userId = LOCAL_USER_ID

  app.post(
    FILES_URL,
    {
      bodyLimit: deps.settings.maxFileBytes,
      schema: {
        tags,
        summary: 'Send a file for messages to refer to',
        description:
          'The body is the file itself, `Content-Type` its type or `application/octet-stream`. Taken are PNG, JPEG, GIF and ' +
          'WebP images and PDF documents, by their first bytes, up to `MAX_FILE_BYTES`. The same file sent again under the ' +
          'same name is the same file.',
        querystring: z.object({ name: z.string().trim().min(1).max(255).optional().describe('As it is called') }),
        body: z.any().describe('The bytes of the file'),
        consumes: [ANY_TYPE, 'image/png', 'image/jpeg', 'image/gif', 'image/webp', 'application/pdf'],
        response: { 201: FileSchema, ...problems(413, 415, 422, 429, 503) },
      },
    },
    async ({ body, query: { name }, headers }, reply) => {
      const declared = declaredTypeOf(headers['content-type'])
      if (WRAPPINGS.test(declared)) throw wrapped(declared)
      const bytes = body instanceof Uint8Array ? body : new Uint8Array()
      const declaredType = declared === ANY_TYPE ? undefined : declared
      return reply.code(201).send(await addFile(deps, { userId, bytes, declaredType, name }))
    },
  )

  app.get(
    `${FILES_URL}/:id`,
    {
      schema: {
        tags,
        summary: 'The bytes of a file that you have sent',
        params: IdParameter,
        response: { 200: z.any().describe('The file, as it was sent'), ...problems(404) },
      },
    },
    async ({ params: { id } }, reply) => {
      const { file, content } = await readFile(deps, { userId, id })
      return reply
        .type(file.mediaType)
        .header('cache-control', IMMUTABLE)
        .header('content-security-policy', SANDBOX)
        .header('x-content-type-options', 'nosniff')
        .header('content-disposition', disposition(file))
        .send(content)
    },
  )
}

/** Without its parameters, and by the name that is registered. */
function declaredTypeOf(header: string | undefined): string {
  const [type = ''] = (header ?? ANY_TYPE).split(';')
  const declared = type.trim().toLowerCase()
  return declared === 'image/jpg' ? 'image/jpeg' : declared
}

function wrapped(declared: string): RequestError {
  const detail = `This was sent as ${declared}. Send the bytes of the file alone as the body, and their type as Content-Type.`
  return new RequestError('unsupported-file', detail)
}

/** RFC 6266, with the name in the form of RFC 8187 alone: every browser of today reads it. */
function disposition({ mediaType, name }: { mediaType: string; name: string }): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replaceAll(/['()*]/g, percent)
  return `${isImage(mediaType) ? 'inline' : 'attachment'}; filename*=UTF-8''${encoded}`
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
