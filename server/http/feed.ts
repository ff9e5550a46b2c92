import { z } from 'zod'
import { FollowSet, MAX_FOLLOWED } from '#protocol/api/feed.ts'
import { parseCursor, type Cursor } from '#protocol/cursor.ts'
import { parseFeedCursor, parseFollowed, type FeedCursor } from '#protocol/feed-cursor.ts'
import { RequestError } from '#server/domain/errors.ts'
import { LOCAL_USER_ID } from '#server/domain/local-user.ts'
import type { App, RouteDependencies } from './app-dependencies.ts'
import { problems } from './route-schema.ts'

const tags = ['feed']

const SCHEMAS = {
  open: {
    tags,
    summary: 'Follow everything at once as server-sent events: conversations, states, and the events of generations',
    description:
      'First `event: open` with the id of the stream, then `event: live` with everything that has not ended. Then ' +
      '`conversation` and `removed` for what has changed, `generation` for changes of state, and for each generation that ' +
      'is followed `log` with its next events, each with its `cursor`; `ended` says that there will be no more. One that ' +
      'cannot be followed is told as `lost`. The `id` of a frame is the place of the whole stream, so that a reconnecting ' +
      '`EventSource` resumes all of it. The stream never ends by itself.',
    querystring: z.object({
      follow: z
        .string()
        .optional()
        .describe(
          `Generations to follow, at most ${MAX_FOLLOWED}: \`<generation>:<cursor>,…\`; without a cursor from the start.`,
        ),
      after: z
        .string()
        .optional()
        .describe(
          'An `id` from before, or the `revision` up to which changes are known. Absent, only new ones are told.',
        ),
    }),
    headers: z.object({
      'last-event-id': z
        .string()
        .optional()
        .describe('What an `EventSource` has seen since it was opened. It wins over `after` and `follow`.'),
    }),
    response: {
      200: { description: 'The stream', content: { 'text/event-stream': { schema: z.string() } } },
      ...problems(400, 422, 429, 503),
    },
  },
  follow: {
    tags,
    summary: 'Change the generations that an open stream follows',
    description:
      'The whole set: what is not named is left. With `after` the events after that cursor come, also where they came ' +
      'before; without, what is followed goes on where it is and another one begins at its start.',
    params: z.object({ streamId: z.string() }),
    body: FollowSet,
    response: { 204: z.undefined().describe('It is followed'), ...problems(400, 404, 422, 503) },
  },
}

export function feedRoutes(app: App, deps: RouteDependencies): void {
  const { store, feedStreams, openStreams } = deps
  const userId = LOCAL_USER_ID

  app.get('/api/v1/events', { exposeHeadRoute: false, schema: SCHEMAS.open }, async ({ query, headers }, reply) => {
    const { revision, followed } = readPlace(headers['last-event-id'], query)
    const newest = (await store.readRevisions([userId])).get(userId) ?? 0
    openStreams.reserve()
    reply.hijack()
    // A place beyond the newest is of another database, or of a time before a power loss: it would hide what comes.
    feedStreams.open(reply.raw, { userId, revision: Math.min(revision ?? newest, newest), followed })
    return reply
  })

  app.put(
    '/api/v1/events/:streamId/follow',
    { schema: SCHEMAS.follow },
    async ({ params: { streamId }, body }, reply) => {
      const set = new Map(body.follow.map(({ generationId, after }) => [generationId, readCursor(after)]))
      checkSize(set)
      if (await feedStreams.follow(userId, streamId, set)) return reply.code(204).send()
      throw new RequestError('unknown-stream', 'There is no such stream any more. Open a new one with this set.')
    },
  )
}

function readPlace(
  lastEventId: string | undefined,
  query: { after?: string | undefined; follow?: string | undefined },
): FeedCursor {
  // What an `EventSource` has seen says more than its address, which it can never change.
  if (lastEventId) return checkPlace(parseFeedCursor(lastEventId))
  const after = checkPlace(parseFeedCursor(query.after ?? ''))
  const followed = parseFollowed(query.follow ?? '') ?? invalidCursor()
  return checkPlace({ ...after, followed: new Map([...after.followed, ...followed]) })
}

function checkPlace(place: FeedCursor | undefined): FeedCursor {
  if (!place) return invalidCursor()
  checkSize(place.followed)
  return place
}

function checkSize({ size }: ReadonlyMap<string, unknown>): void {
  if (size <= MAX_FOLLOWED) return
  const detail = `${size} generations are too many for one stream, which follows at most ${MAX_FOLLOWED}.`
  throw new RequestError('too-many-followed', detail, { limit: MAX_FOLLOWED })
}

function readCursor(text: string | undefined): Cursor | undefined {
  return text === undefined ? undefined : (parseCursor(text) ?? invalidCursor())
}

function invalidCursor(): never {
  throw new RequestError(
    'invalid-cursor',
    'That is no place in the feed. Use the "id" of a frame, or for a generation the cursor of an event; or leave it out.',
  )
}
