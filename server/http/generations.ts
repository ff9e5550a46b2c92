import { z } from 'zod'
import {
  CancelReceipt,
  CancelReceipts,
  GenerationSchema,
  PauseGeneration,
  type GenerationView,
} from '#protocol/api/generations.ts'
import type { ProblemCode } from '#protocol/api/problem.ts'
import { formatCursor, LOG_START, parseCursor, type Cursor } from '#protocol/cursor.ts'
import { cancelAll } from '#server/commands/cancel-all.ts'
import { cancelGeneration } from '#server/commands/cancel-generation.ts'
import { pauseGeneration } from '#server/commands/pause-generation.ts'
import { readGeneration } from '#server/commands/read-generation.ts'
import { nativeDialect } from '#server/dialects/native.ts'
import { RequestError } from '#server/domain/errors.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { ReadResult } from '#server/ports/event-log.ts'
import type { GenerationRow } from '#server/ports/store.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { IdParameter, problems } from './route-schema.ts'

const tags = ['generations']

const SCHEMAS = {
  read: {
    tags,
    summary: 'Read the state of a generation',
    params: IdParameter,
    response: { 200: GenerationSchema, ...problems(404) },
  },
  follow: {
    tags,
    summary: 'Follow a generation as server-sent events, from any cursor',
    description:
      'Each event carries its cursor as `id` and one event of the log as `data`. A reconnecting `EventSource` resumes ' +
      'by itself, also one that was opened with `after`; 204 says that the client has seen the end. While the generation is ' +
      'queued, `event: status` tells how many wait before it. A delta that was joined from several pieces of the model ' +
      'tells their number as `pieces`.',
    params: IdParameter,
    querystring: z.object({
      after: z.string().optional().describe('The last cursor seen. The header `Last-Event-ID` wins over it.'),
    }),
    headers: z.object({
      'last-event-id': z.string().optional().describe('What an `EventSource` has seen since it was opened.'),
    }),
    response: {
      200: {
        description: 'The events, until the generation has ended',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      204: z.undefined().describe('The client has seen everything'),
      ...problems(400, 404, 409, 410, 429, 503),
    },
  },
  cancel: {
    tags,
    summary: 'Stop a generation: the model is disconnected, what was written is kept',
    description:
      'Takes a generation in any state, from any client, any number of times. The receipt comes as soon as the model is ' +
      'disconnected, at the latest after a second.',
    params: IdParameter,
    response: { 200: CancelReceipt, ...problems(404, 503) },
  },
  pause: {
    tags,
    summary: 'Hold what every client shows of a generation; the model goes on',
    description: 'Dialects take no notice of it. Also of a generation that has ended; again moves the place.',
    params: IdParameter,
    body: PauseGeneration.default({}),
    response: { 200: GenerationSchema, ...problems(400, 404, 409, 422, 503) },
  },
  resume: {
    tags,
    summary: 'Let every client show the rest',
    params: IdParameter,
    response: { 200: GenerationSchema, ...problems(404, 503) },
  },
  cancelAll: {
    tags,
    summary: 'Stop every generation that has not ended',
    response: { 200: CancelReceipts, ...problems(503) },
  },
}

export function generationRoutes(app: App, deps: RouteDependencies): void {
  const { store, queue, log, streams, openStreams } = deps
  const userId = LOCAL_USER_ID

  app.get('/api/v1/generations/:id', { schema: SCHEMAS.read }, async ({ params: { id } }) => {
    const generation = known(await readGeneration(deps, userId, id))
    return toView(generation, generation.status === 'queued' ? await positionOf(id) : null)
  })

  app.get(
    '/api/v1/generations/:id/events',
    { exposeHeadRoute: false, schema: SCHEMAS.follow },
    async ({ params: { id }, query, headers }, reply) => {
      // A browser sends the header only once it has seen more than its address says.
      const after = readCursor(headers['last-event-id'] || query.after)
      const generation = known(await store.getGeneration(userId, id))
      const next = await log.read(id, after, 1)
      if (!next.ok) throw cursorProblem(next.reason)
      if (next.rows.length === 0 && next.tail?.sealed) return reply.code(204).send()
      openStreams.reserve()
      reply.hijack()
      const queued = generation.status === 'queued' && next.rows.length === 0
      streams.open(reply.raw, nativeDialect, [{ generationId: id, after, queued }])
      return reply
    },
  )

  app.post('/api/v1/generations/:id/cancel', { schema: SCHEMAS.cancel }, ({ params: { id } }) =>
    cancelGeneration(deps, { userId, generationId: id, by: 'user' }),
  )

  app.post('/api/v1/generations/:id/pause', { schema: SCHEMAS.pause }, async ({ params: { id }, body }) => {
    const at = body.at === undefined ? ('newest' as const) : readCursor(body.at)
    return toView(await pauseGeneration(deps, { userId, generationId: id, at }), await positionOf(id))
  })

  app.post('/api/v1/generations/:id/resume', { schema: SCHEMAS.resume }, async ({ params: { id } }) =>
    toView(await pauseGeneration(deps, { userId, generationId: id, at: null }), await positionOf(id)),
  )

  app.post('/api/v1/generations/cancel-all', { schema: SCHEMAS.cancelAll }, () => cancelAll(deps, userId))

  async function positionOf(id: string): Promise<number | null> {
    return (await queue.position(id)) ?? null
  }
}

function known(generation: GenerationRow | undefined): GenerationRow {
  if (generation) return generation
  throw new RequestError('unknown-generation', 'There is no such generation.')
}

function readCursor(text: string | undefined): Cursor {
  if (text === undefined) return LOG_START
  const cursor = parseCursor(text)
  if (cursor) return cursor
  throw new RequestError(
    'invalid-cursor',
    'A cursor is the "id" of an event, such as 1-42. Leave it out to start anew.',
  )
}

const CURSOR_PROBLEMS: Record<Extract<ReadResult, { ok: false }>['reason'], { code: ProblemCode; detail: string }> = {
  mismatch: {
    code: 'cursor-mismatch',
    detail:
      'Another event stands at that place: the log was recovered. Fetch the message again and follow from the start.',
  },
  'beyond-tail': {
    code: 'cursor-beyond-tail',
    detail: 'Nothing stands at that place yet. Use the cursor of an event that you have seen.',
  },
  dropped: {
    code: 'log-dropped',
    detail: 'The events are no longer kept; the finished answer is in the messages of its conversation.',
  },
}

function cursorProblem(reason: keyof typeof CURSOR_PROBLEMS): RequestError {
  const { code, detail } = CURSOR_PROBLEMS[reason]
  return new RequestError(code, detail)
}

function toView(generation: GenerationRow, position: number | null): GenerationView {
  const { id, status, requestedModel, conversationId, messageId, pausedAt, createdAt, endedAt } = generation
  return {
    id,
    status,
    model: requestedModel,
    conversationId,
    messageId,
    position,
    pausedAt: pausedAt && formatCursor(pausedAt),
    createdAt: new Date(createdAt).toISOString(),
    endedAt: endedAt === null ? null : new Date(endedAt).toISOString(),
  }
}
