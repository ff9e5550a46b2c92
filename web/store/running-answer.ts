import { createStore, type StoreApi } from 'zustand/vanilla'
import { ClientError } from '#client/client-error.ts'
import type { MillraceClient } from '#client/create-millrace-client.ts'
import type { Followed } from '#client/follow.ts'
import { formatCursor, LOG_START, parseCursor, type Cursor } from '#protocol/cursor.ts'
import { isDelta } from '#protocol/events.ts'
import { emptyAnswer } from '#protocol/fold.ts'
import type { Answer } from '#protocol/messages.ts'
import { createHeldAnswer } from './held-answer.ts'
import { createPauseWishes } from './pause-wishes.ts'
import { createPublisher, PAGE_TIMING, type PublisherTiming } from './publisher.ts'

/** What the page shows of one answer while it is written. A new object at every publish. */
export interface RunningView {
  /** What is to be shown; while it is paused it stays as it is. */
  answer: Answer
  /** Everything that was written so far; the same object as `answer` where nothing is held back. */
  received: Answer
  paused: boolean
  connection: 'connecting' | 'open' | 'lost'
  /** How many of this person's answers are to be written before it; undefined unless it is queued and the server said. */
  queuedBefore: number | undefined
  /** When the newest event was logged, milliseconds UTC; undefined before the first. */
  lastEventAt: number | undefined
  /** Stop was pressed and the end is not yet in the log. */
  stopping: boolean
  /** Everything was received. */
  ended: boolean
  /** Set when the answer cannot be followed any more. */
  error: ClientError | undefined
}

export interface RunningAnswer {
  generationId: string
  store: StoreApi<RunningView>
  /** Follows the log for as long as somebody is attached; taking it up again goes on at the last cursor. */
  attach: () => () => void
  /** Asks the server to stop the model. Throws `ClientError` when the wish could not be delivered. */
  stop: () => Promise<void>
  /** What the server says of where it is held, a cursor; a wish from here that is on its way counts for more. */
  setPausedAt: (pausedAt: string | null) => void
  /** Holds it where it is shown now, here at once and everywhere else; resolves to the cursor. Throws as `stop` does. */
  pause: () => Promise<string>
  /** Shows the rest, here at once and everywhere else. Resolves and throws as `pause` does. */
  resume: () => Promise<null>
}

export interface RunningAnswerOptions {
  generationId: string
  client: Pick<MillraceClient, 'follow' | 'cancel' | 'pause' | 'resume'>
  /** Where it is held when the page first hears of it. */
  pausedAt?: string | null | undefined
  /** Called once with the final answer, after it was published. */
  onEnd: (answer: Answer) => void
  /** Called when following failed for good. */
  onLost?: (error: ClientError) => void
  timing?: PublisherTiming
  /** How long to go on following after the last one detached, so that a quick return finds it running. */
  lingerMs?: number
}

/** While the text is held only a figure changes, and nobody reads one quicker. */
const HELD_EVERY_MS = 500

const NOTHING = emptyAnswer()
const BEFORE: RunningView = {
  answer: NOTHING,
  received: NOTHING,
  paused: false,
  connection: 'connecting',
  queuedBefore: undefined,
  lastEventAt: undefined,
  stopping: false,
  ended: false,
  error: undefined,
}

/** One answer that is being written, kept outside React: events are folded as they come and published in rounds. */
export function createRunningAnswer(options: RunningAnswerOptions): RunningAnswer {
  const { generationId, client, timing = PAGE_TIMING, lingerMs = 1500, pausedAt = null } = options
  const held = createHeldAnswer(readCursor(pausedAt))
  let view: RunningView = { ...BEFORE, paused: pausedAt !== null }
  const store = createStore<RunningView>(() => view)
  let cursor: string | undefined
  let attached = 0
  let leaving: unknown
  let following: AbortController | undefined
  const publish = () => store.setState(view, true)
  const publisher = createPublisher(publish, timing)
  const heldPublisher = createPublisher(publish, { ...timing, everyMs: HELD_EVERY_MS })

  const change = (patch: Partial<RunningView>) => {
    view = { ...view, ...patch }
    publisher.mark()
  }

  const take = (followed: Followed) => {
    if (followed.type === 'event') takeEvent(followed)
    else if (followed.type === 'queued') change({ queuedBefore: followed.position })
    else if (followed.type === 'connection') change({ connection: followed.state })
    else {
      cursor = undefined
      held.restart()
      change({ ...BEFORE, ...folds(), connection: view.connection, stopping: view.stopping, paused: view.paused })
    }
  }

  const takeEvent = ({ cursor: place, event }: Extract<Followed, { type: 'event' }>) => {
    cursor = place
    const isShown = held.take(readCursor(place) ?? LOG_START, event)
    view = { ...view, ...folds(), queuedBefore: undefined, lastEventAt: event.at }
    if (isShown || !isDelta(event)) publisher.mark()
    else heldPublisher.mark()
  }

  const folds = () => ({ answer: held.shown(), received: held.received() })

  const pausing = createPauseWishes(pausedAt, (at) => {
    held.holdAt(readCursor(at))
    change({ ...folds(), paused: at !== null })
    publisher.flush()
  })

  const run = async (signal: AbortSignal) => {
    try {
      for await (const followed of client.follow(generationId, { after: cursor, signal })) take(followed)
    } catch (cause) {
      if (signal.aborted) return
      const error = cause instanceof ClientError ? cause : new ClientError('bad-response', { cause })
      change({ error })
      publisher.flush()
      options.onLost?.(error)
      return
    }
    if (signal.aborted || view.ended || !isEnded(view.received)) return
    change({ ended: true, stopping: false })
    publisher.flush()
    options.onEnd(view.received)
  }

  const start = () => {
    if (view.ended || following) return
    const controller = new AbortController()
    following = controller
    void run(controller.signal).finally(() => {
      if (following === controller) following = undefined
    })
  }

  return {
    generationId,
    store,
    attach() {
      attached += 1
      timing.clearTimer(leaving)
      start()
      let here = true
      return () => {
        if (!here) return
        here = false
        attached -= 1
        if (attached > 0) return
        leaving = timing.setTimer(() => {
          following?.abort()
          following = undefined
        }, lingerMs)
      }
    },
    async stop() {
      change({ stopping: true })
      publisher.flush()
      try {
        await client.cancel(generationId)
      } catch (error) {
        change({ stopping: false })
        throw error
      }
    },
    setPausedAt: pausing.told,
    async pause() {
      const at = formatCursor(held.shownTo())
      await pausing.wish(at, () => client.pause(generationId, { at }))
      return at
    },
    async resume() {
      await pausing.wish(null, () => client.resume(generationId))
      return null
    },
  }
}

function readCursor(text: string | null): Cursor | null {
  return text === null ? null : (parseCursor(text) ?? null)
}

function isEnded(answer: Answer): boolean {
  return answer.status === 'completed' || answer.status === 'failed' || answer.status === 'cancelled'
}
