import { z } from 'zod'
import {
  ConversationPage,
  ConversationSchema,
  CreateConversation,
  ReadMark,
  UpdateConversation,
} from '#protocol/api/conversations.ts'
import { toConversationView } from '#server/commands/conversation-view.ts'
import { settleConversations } from '#server/commands/settle-conversations.ts'
import { RequestError } from '#server/domain/errors.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { Conversation } from '#server/ports/store.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { IdParameter, PageLimit, problems } from './route-schema.ts'

const tags = ['conversations']

const SCHEMAS = {
  list: {
    tags,
    summary: 'List conversations, the most recently active first',
    querystring: z.object({ limit: PageLimit, before: z.string().optional() }),
    response: { 200: ConversationPage, ...problems(422) },
  },
  create: {
    tags,
    summary: 'Create a conversation',
    body: CreateConversation.default({}),
    response: { 201: ConversationSchema, ...problems(422, 503) },
  },
  read: {
    tags,
    summary: 'Read one conversation',
    params: IdParameter,
    response: { 200: ConversationSchema, ...problems(404) },
  },
  update: {
    tags,
    summary: 'Rename a conversation, choose its active leaf, or undo its deletion',
    params: IdParameter,
    body: UpdateConversation,
    response: { 200: ConversationSchema, ...problems(404, 422, 503) },
  },
  markRead: {
    tags,
    summary: 'Mark what was seen of a conversation as read, on every device',
    params: IdParameter,
    body: ReadMark,
    response: { 200: ConversationSchema, ...problems(404, 422, 503) },
  },
  remove: {
    tags,
    summary: 'Delete a conversation; PATCH with {"deleted": false} undoes it for a while',
    params: IdParameter,
    response: { 204: z.undefined().describe('Deleted'), ...problems(404, 503) },
  },
}

export function conversationRoutes(app: App, deps: RouteDependencies): void {
  const { store, clock } = deps
  const userId = LOCAL_USER_ID

  app.get('/api/v1/conversations', { schema: SCHEMAS.list }, async ({ query: { limit, before } }) => {
    const page = before === undefined ? { limit } : { limit, before: parsePlace(before) }
    let conversations = await store.listConversations(userId, page)
    if (await settleConversations(deps, userId, conversations)) {
      conversations = await store.listConversations(userId, page)
    }
    const last = conversations.length === limit ? conversations.at(-1) : undefined
    return { conversations: conversations.map(toConversationView), next: last ? `${last.updatedAt}_${last.id}` : null }
  })

  app.post('/api/v1/conversations', { schema: SCHEMAS.create }, async ({ body }, reply) => {
    const input = { id: clock.newId(), userId, title: body.title ?? null, now: clock.now() }
    return reply.code(201).send(toConversationView(await store.createConversation(input)))
  })

  app.get('/api/v1/conversations/:id', { schema: SCHEMAS.read }, async ({ params: { id } }) => {
    const conversation = found(await store.getConversation(userId, id))
    const settled = await settleConversations(deps, userId, [conversation])
    return toConversationView(settled ? found(await store.getConversation(userId, id)) : conversation)
  })

  app.patch('/api/v1/conversations/:id', { schema: SCHEMAS.update }, async ({ params: { id }, body }) => {
    const { title, activeLeafId, deleted } = body
    const now = clock.now()
    if (deleted === false) found(await store.restoreConversation(userId, id, now))
    if (activeLeafId !== undefined) await checkLeaf(id, activeLeafId)
    if (title === undefined && activeLeafId === undefined)
      return toConversationView(found(await store.getConversation(userId, id)))
    const change = { now, ...(title !== undefined && { title }), ...(activeLeafId !== undefined && { activeLeafId }) }
    return toConversationView(found(await store.updateConversation(userId, id, change)))
  })

  app.put('/api/v1/conversations/:id/read', { schema: SCHEMAS.markRead }, async ({ params: { id }, body }) =>
    toConversationView(found(await store.markRead(userId, id, body.revision))),
  )

  app.delete('/api/v1/conversations/:id', { schema: SCHEMAS.remove }, async ({ params: { id } }, reply) => {
    if (!(await store.deleteConversation(userId, id, clock.now()))) throw unknownConversation()
    return reply.code(204).send()
  })

  async function checkLeaf(conversationId: string, leafId: string): Promise<void> {
    const leaf = await store.getMessage(userId, leafId)
    if (leaf?.conversationId === conversationId) return
    throw new RequestError('unknown-message', 'The activeLeafId names no message of this conversation.')
  }
}

function found(conversation: Conversation | undefined): Conversation {
  if (!conversation) throw unknownConversation()
  return conversation
}

export function unknownConversation(): RequestError {
  return new RequestError('unknown-conversation', 'There is no such conversation, or it was deleted.')
}

function parsePlace(text: string): { updatedAt: number; id: string } {
  const match = /^(\d{1,15})_(.{1,64})$/.exec(text)
  if (match?.[2] === undefined) {
    const detail = 'query.before: pass what the page before gave as "next".'
    throw new RequestError('invalid-request', detail, { field: 'query.before' })
  }
  return { updatedAt: Number(match[1]), id: match[2] }
}
