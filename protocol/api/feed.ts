import { z } from 'zod'
import type { GenerationEvent } from '../events.ts'
import type { GenerationStatus } from '../messages.ts'
import type { ConversationView } from './conversations.ts'

/** At most this many generations are followed on one stream. */
export const MAX_FOLLOWED = 256

/**
 * What a stream is to follow from now on, the whole set: what is not named is left. With `after` the events after that
 * cursor come, once more where they came before; without, a generation that is followed goes on where it is, another one
 * begins at its start.
 */
export const FollowSet = z.object({
  follow: z
    .array(z.object({ generationId: z.string(), after: z.string().optional() }))
    .describe(`The whole set, at most ${MAX_FOLLOWED} generations.`),
})
export type FollowSet = z.infer<typeof FollowSet>

/** A generation that has not ended, or has just done so. */
export interface LiveGeneration {
  id: string
  conversationId: string | null
  messageId: string | null
  status: GenerationStatus
}

/**
 * The frames of `GET /events`, by their SSE event name. `open`, `conversation`, `removed` and `log` carry an `id:`, the
 * place of the whole stream after them: that of `open` is where the stream begins, so that nothing is missed when it breaks
 * before the first change. The others tell what is so at the moment and are told anew on the next connection.
 */
export interface FeedFrames {
  /** First of every connection. `at` is the server's time, milliseconds UTC. */
  open: { streamId: string; at: number }
  /** Follows `open`: everything of this user that has not ended. What is not named here has ended. */
  live: { generations: LiveGeneration[] }
  /** A conversation as it is now; several changes may come as one. */
  conversation: ConversationView
  /** A conversation was deleted. */
  removed: { id: string }
  /** A generation changed its state, followed or not. */
  generation: LiveGeneration
  /** Of a followed generation that waits for a worker: how many of the same user's wait before it. */
  queued: { generationId: string; position: number }
  /** The next events of a followed generation; `ended` once there will be no more, also when none is left to tell. */
  log: { generationId: string; events: (GenerationEvent & { cursor: string })[]; ended?: true }
  /** A generation cannot be followed from that cursor. It has left the set. */
  lost: { generationId: string; reason: 'unknown' | 'mismatch' | 'beyond-tail' | 'dropped' }
}

export type FeedFrame = { [Name in keyof FeedFrames]: { event: Name; data: FeedFrames[Name] } }[keyof FeedFrames]
