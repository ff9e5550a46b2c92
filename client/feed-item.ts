import type { LiveGeneration } from '#protocol/api/feed.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import type { ClientErrorCode } from './client-error.ts'

/**
 * What a feed tells. Plain data, so that it can be posted from one tab to another.
 * - `connection` `open`: the server answers. `resumed` when everything since the connection before is told; otherwise what
 *   changed before `revision` is not told here and has to be asked for. `lost` while waiting `retryInMs` for the next try.
 * - `open`: the server's time, milliseconds UTC, when it opened the stream.
 * - `live`: everything that has not ended; what it does not name has ended.
 * - `conversation`, `removed`, `generation`: it is so from now on.
 * - `event`: the next event of a followed generation, each exactly once and in order; `ended` after its last one.
 * - `restart`: the place in a log is unknown to it; everything comes again from the start.
 * - `lost`: a generation cannot be followed any more.
 */
export type FeedItem =
  | { type: 'connection'; state: 'open'; resumed: boolean; revision: number | undefined }
  | { type: 'connection'; state: 'lost'; retryInMs: number; error: FeedFailure }
  | { type: 'open'; at: number }
  | { type: 'live'; generations: LiveGeneration[] }
  | { type: 'conversation'; conversation: ConversationView }
  | { type: 'removed'; id: string }
  | { type: 'generation'; generation: LiveGeneration }
  | GenerationItem

/** What concerns one generation that is followed. */
export type GenerationItem =
  | { type: 'queued'; generationId: string; position: number }
  | { type: 'event'; generationId: string; cursor: string; event: GenerationEvent }
  | { type: 'ended'; generationId: string }
  | { type: 'restart'; generationId: string }
  | { type: 'lost'; generationId: string; reason: 'unknown' | 'dropped' }

export interface FeedFailure {
  code: ClientErrorCode
  status: number | undefined
}

/**
 * The generations to follow, the whole set, each with the cursor after which its events are wanted. Without a cursor one
 * that is followed goes on where it is, another one begins at its start.
 */
export type FollowedSet = ReadonlyMap<string, string | undefined>
