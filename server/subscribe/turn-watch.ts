import type { Logger } from '#server/domain/logger.ts'
import type { QueuedTurn } from '#server/domain/queued-turn.ts'
import type { Store } from '#server/ports/store.ts'
import type { ChangeFeed, ChangeListener } from './change-feed.ts'

const AGAIN_MS = 1_000

/** A turn in somebody's queue. */
export interface WatchedTurn {
  userId: string
  conversationId: string
  id: string
}

export interface TurnWatch {
  /**
   * Calls `onGone` once, when the turn no longer waits: with the turn as it was sent, or without when it was withdrawn.
   * Until then, or until the returned function is called.
   */
  watch(turn: WatchedTurn, onGone: (sent: (QueuedTurn & { messageId: string }) | undefined) => void): () => void
}

export function createTurnWatch(deps: {
  changeFeed: ChangeFeed
  store: Pick<Store, 'getQueuedTurn' | 'readRevisions'>
  logger: Logger
}): TurnWatch {
  const { changeFeed, store, logger } = deps

  return {
    watch({ userId, conversationId, id }, onGone) {
      let listener: ChangeListener | undefined
      let timer: NodeJS.Timeout | undefined
      let looking = false
      let changed = false
      let stopped = false
      void begin()

      async function begin(): Promise<void> {
        try {
          const revisions = await store.readRevisions([userId])
          if (stopped) return
          listener = changeFeed.listen(userId, revisions.get(userId) ?? 0, {
            changed(conversation) {
              if (conversation.id === conversationId) void look()
              return true
            },
            failed: () => {},
          })
          // What changed before anybody listened.
          await look()
        } catch (error) {
          tryAgain(error, begin)
        }
      }

      async function look(): Promise<void> {
        changed = true
        if (looking) return
        looking = true
        try {
          while (changed && !stopped) {
            changed = false
            const turn = await store.getQueuedTurn(userId, id)
            if (!stopped && turn?.state !== 'queued') gone(turn)
          }
        } catch (error) {
          tryAgain(error, look)
        } finally {
          looking = false
        }
      }

      function gone(turn: QueuedTurn | undefined): void {
        stop()
        const messageId = turn?.messageId
        onGone(turn && messageId ? { ...turn, messageId } : undefined)
      }

      function tryAgain(error: unknown, what: () => Promise<void>): void {
        if (stopped) return
        logger.warn({ err: error, turnId: id }, 'a queued turn could not be looked at; trying again')
        timer = setTimeout(() => void what(), AGAIN_MS).unref()
      }

      function stop(): void {
        stopped = true
        listener?.stop()
        clearTimeout(timer)
      }

      return stop
    },
  }
}
