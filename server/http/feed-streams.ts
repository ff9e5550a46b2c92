import { randomBytes } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { formatFeedCursor } from '#protocol/feed-cursor.ts'
import { toConversationView } from '#server/commands/conversation-view.ts'
import { changeFrame, logFrame, openFrame } from '#server/dialects/feed.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { LogRow } from '#server/ports/event-log.ts'
import type { Clock } from '#server/ports/clock.ts'
import type { Conversation } from '#server/ports/store.ts'
import {
  createFeedStream,
  type FeedPlace,
  type FeedStream,
  type FeedStreamDependencies,
  type FollowedPlaces,
} from './feed-stream.ts'
import type { OpenStreams } from './open-streams.ts'
import { createSharedEncoder } from './shared-encoder.ts'

/** The streams on which a user follows everything of theirs at once. */
export interface FeedStreams {
  /** Answers with a stream that goes on until it is cut. Does nothing when the client has left. */
  open(response: ServerResponse, place: FeedPlace): void
  /**
   * Follows these generations from now on, and no others; calls for one stream take effect in their order. False when there
   * is no such stream of this user, or no longer.
   */
  follow(userId: string, streamId: string, set: FollowedPlaces): Promise<boolean>
}

export function createFeedStreams(
  deps: Omit<FeedStreamDependencies, 'encodeRows' | 'encodeChange' | 'onFailure'> & {
    openStreams: OpenStreams
    clock: Clock
    logger: Logger
  },
): FeedStreams {
  const { openStreams, clock, logger } = deps
  const feeds = new Map<string, FeedStream>()
  const streamDeps: FeedStreamDependencies = {
    ...deps,
    encodeRows: createSharedEncoder((rows: readonly LogRow[]) => Buffer.from(logFrame(rows))),
    encodeChange: createSharedEncoder((conversation: Conversation) => Buffer.from(encodeChange(conversation))),
    onFailure: (error) => logger.error({ err: error }, 'a feed failed; its client comes back'),
  }

  return {
    open(response, place) {
      const streamId = randomBytes(18).toString('base64url')
      const first = openFrame({ streamId, at: clock.now() }, formatFeedCursor(place))
      const stream = openStreams.open(response, first, {
        drained: () => feeds.get(streamId)?.drained(),
        closed() {
          feeds.get(streamId)?.closed()
          feeds.delete(streamId)
        },
      })
      if (stream) feeds.set(streamId, createFeedStream(streamDeps, stream, place))
    },
    async follow(userId, streamId, set) {
      const feed = feeds.get(streamId)
      if (feed?.userId !== userId) return false
      await feed.follow(set)
      return feeds.has(streamId)
    },
  }
}

function encodeChange(conversation: Conversation): string {
  if (conversation.deletedAt !== null) return changeFrame('removed', { id: conversation.id })
  return changeFrame('conversation', toConversationView(conversation))
}
