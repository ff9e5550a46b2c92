import { z } from 'zod'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { EditMessage, MessagePage, RetryMessage, SendMessage, SendReply } from '#protocol/api/messages.ts'
import { editMessage } from '#server/commands/edit-message.ts'
import { listMessages } from '#server/commands/list-messages.ts'
import { toMessageView } from '#server/commands/message-view.ts'
import { retryMessage } from '#server/commands/retry-message.ts'
import { sendMessage } from '#server/commands/send-message.ts'
import type { SentTurn } from '#server/commands/sent-turn.ts'
import { namedNativeDialect } from '#server/dialects/native.ts'
import { namedFrame } from '#server/dialects/stream-dialect.ts'
import type { OnDisconnect } from '#server/domain/generation.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { unknownConversation } from './conversations.ts'
import { followedFrom } from './queued-sends.ts'
import { IdempotencyHeader, IdParameter, OnDisconnectHeader, PageLimit, problems } from './route-schema.ts'

const tags = ['messages']
const SendHeaders = IdempotencyHeader.extend(OnDisconnectHeader.shape)
const accepted = {
  202: SendReply.describe(
    'Accepted; the answers are written whether or not anyone listens. Or `queued`, where the answer before is still being ' +
      'written: then the turn is sent when that is complete. With `Accept: text/event-stream` the reply is 200 ' +
      'and goes on as a stream: first `event: sent` with this document, then the events, each with its `generationId`. ' +
      'A turn that waits begins with `event: queued` and goes on with `sent` when it is sent, or ends with `withdrawn`.',
  ),
}

export function messageRoutes(app: App, deps: RouteDependencies): void {
  const userId = LOCAL_USER_ID

  app.get(
    '/api/v1/conversations/:id/messages',
    {
      schema: {
        tags,
        summary: 'List the messages of a conversation, all branches, oldest first',
        params: IdParameter,
        querystring: z.object({
          limit: PageLimit,
          after: z.string().optional(),
          since: z.coerce
            .number()
            .int()
            .min(0)
            .optional()
            .describe('A `revision` from before: only what was added or has changed since then.'),
        }),
        response: { 200: MessagePage, ...problems(404, 422) },
      },
    },
    async ({ params: { id }, query: { limit, after, since } }) => {
      // Read before the messages: what changes in between is told again next time.
      const conversation = await deps.store.getConversation(userId, id)
      const page = { limit, ...(after !== undefined && { afterId: after }), ...(since !== undefined && { since }) }
      const messages = await listMessages(deps, userId, id, page)
      if (!conversation || !messages) throw unknownConversation()
      const last = messages.length === limit ? messages.at(-1) : undefined
      return { messages: messages.map(toMessageView), next: last?.id ?? null, revision: conversation.revision }
    },
  )

  app.post(
    '/api/v1/conversations/:id/messages',
    {
      schema: {
        tags,
        summary: 'Ask one model, or several side by side',
        params: IdParameter,
        headers: SendHeaders,
        body: SendMessage,
        response: { ...accepted, ...problems(404, 409, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, headers } = request
      const { 'idempotency-key': idempotencyKey, 'x-on-disconnect': onDisconnect } = headers
      return respond(request, reply, deps, onDisconnect, () =>
        sendMessage(deps, { userId, conversationId: params.id, body, idempotencyKey, onDisconnect }),
      )
    },
  )

  app.post(
    '/api/v1/messages/:id/edit',
    {
      schema: {
        tags,
        summary: 'Ask an edited question: it stands beside the earlier one, with its own answers',
        params: IdParameter,
        headers: SendHeaders,
        body: EditMessage,
        response: { ...accepted, ...problems(404, 413, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, headers } = request
      const { 'idempotency-key': idempotencyKey, 'x-on-disconnect': onDisconnect } = headers
      return respond(request, reply, deps, onDisconnect, () =>
        editMessage(deps, { userId, messageId: params.id, body, idempotencyKey, onDisconnect }),
      )
    },
  )

  app.post(
    '/api/v1/messages/:id/retry',
    {
      schema: {
        tags,
        summary: 'Ask the same question again: the new answer stands beside the others',
        params: IdParameter,
        headers: SendHeaders,
        body: RetryMessage.default({}),
        response: { ...accepted, ...problems(404, 409, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { params, body, headers } = request
      const { 'idempotency-key': idempotencyKey, 'x-on-disconnect': onDisconnect } = headers
      return respond(request, reply, deps, onDisconnect, () =>
        retryMessage(deps, { userId, messageId: params.id, body, idempotencyKey, onDisconnect }),
      )
    },
  )
}

/** Answers a send with its 202, or goes on as the stream when that was asked for. */
async function respond(
  request: FastifyRequest,
  reply: FastifyReply,
  { openStreams, streams, queuedSends, attendance }: RouteDependencies,
  onDisconnect: OnDisconnect,
  send: () => Promise<SentTurn>,
): Promise<FastifyReply> {
  const userId = LOCAL_USER_ID
  const wantsStream = request.headers.accept?.includes('text/event-stream') ?? false
  if (wantsStream) openStreams.reserve()
  const { sent, queued, json } = await send()
  if (onDisconnect === 'stop') {
    for (const { id } of sent?.generations ?? []) attendance.expectReaders(id)
    if (queued) queuedSends.expectReaders(userId, queued)
  }
  if (!wantsStream) return reply.code(202).type('application/json; charset=utf-8').serializer(String).send(json)
  reply.hijack()
  if (sent) streams.open(reply.raw, namedNativeDialect, followedFrom(sent), namedFrame('sent', json))
  if (queued) queuedSends.open(reply.raw, userId, { turn: queued, json })
  return reply
}
