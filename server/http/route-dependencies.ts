import { cancelUnattended } from '#server/commands/cancel-unattended.ts'
import { createAttendance } from '#server/subscribe/attendance.ts'
import { createChangeFeed } from '#server/subscribe/change-feed.ts'
import { createKnownGenerations } from '#server/subscribe/known-generations.ts'
import { createLogTail } from '#server/subscribe/log-tail.ts'
import { createQueueWatch } from '#server/subscribe/queue-watch.ts'
import { createStateWatch } from '#server/subscribe/state-watch.ts'
import { createTurnWatch } from '#server/subscribe/turn-watch.ts'
import { waitForEnd as waitForEndOf } from '#server/subscribe/wait-for-end.ts'
import type { AppDependencies, RouteDependencies } from './app-dependencies.ts'
import { createEventStreams } from './event-streams.ts'
import { createFeedStreams } from './feed-streams.ts'
import { createOpenStreams } from './open-streams.ts'
import { createQueuedSends } from './queued-sends.ts'

/** Starts what all routes share. */
export function createRouteDependencies(deps: AppDependencies): RouteDependencies {
  const { log, queue, store, changes, clock, logger } = deps
  const { limits } = deps.settings
  const tail = createLogTail({ log, logger })
  const waitForEnd: RouteDependencies['waitForEnd'] = (...end) => waitForEndOf(tail, ...end)
  const attendance = createAttendance({
    graceMs: limits.disconnectGraceMs,
    async listExpected() {
      // Turns first: one that is sent between the two is among the generations then.
      for (const turn of await store.listTurnsToStop()) queuedSends.expectReaders(turn.userId, turn)
      return store.listStopOnDisconnect()
    },
    stop: (generationId) => cancelUnattended({ ...deps, waitForEnd }, generationId),
    logger,
  })
  const queueWatch = createQueueWatch({ queue, logger })
  const openStreams = createOpenStreams({ heartbeatMs: limits.heartbeatMs, maxOpen: limits.maxOpenStreams })
  const streams = createEventStreams({ openStreams, tail, attendance, queueWatch })
  const changeFeed = createChangeFeed({ store, changes, logger })
  const known = createKnownGenerations(store)
  const stateWatch = createStateWatch({ tail, known, logger })
  const turnWatch = createTurnWatch({ changeFeed, store, logger })
  const following = { openStreams, tail, attendance, queueWatch, log }
  const feedStreams = createFeedStreams({ ...following, changeFeed, stateWatch, known, store, clock, logger })
  const queuedSends = createQueuedSends({ openStreams, streams, turnWatch, attendance, store, logger })
  return { ...deps, tail, changeFeed, openStreams, streams, feedStreams, queuedSends, attendance, waitForEnd }
}
