import type { Logger } from '#server/domain/logger.ts'
import type { Changes } from '#server/ports/changes.ts'
import type { Conversation, Store } from '#server/ports/store.ts'

const PAGE = 100
/** What a lost ring can cost. */
const SAFETY_POLL_MS = 2_000

/** The one reader of changes in this process; it hands them on in memory to all who listen for a user. */
export interface ChangeFeed {
  /** Delivers what changed after the revision: what the store says, then what comes, each once and in order. */
  listen(userId: string, since: number, sink: ChangeSink): ChangeListener
  /** How many listen at the moment, and to how many users. */
  count(): { listeners: number; users: number }
  close(): void
}

/** Nothing is called after `ChangeListener.stop`. */
export interface ChangeSink {
  /**
   * A conversation as it is now, or was deleted; several changes may come as one. Listeners get the same object, so what
   * was encoded may be remembered by its identity. False when it was not taken: nothing more comes before `resume`, which
   * begins with this one.
   */
  changed(conversation: Conversation): boolean
  /** `changed` threw, and nothing more is delivered. */
  failed(): void
}

export interface ChangeListener {
  /** Everything up to this one was delivered. */
  readonly revision: number
  /** After a refusal: goes on from the store at the revision of what was last taken. */
  resume(): void
  /** Leaves nothing behind. */
  stop(): void
}

type Page = Awaited<ReturnType<Store['listChanges']>>

interface Listener extends ChangeListener {
  userId: string
  revision: number
  sink: ChangeSink
  /** `reading` the store from its own place; `live`, fed with the others; `paused` by its sink; `done`. */
  state: 'reading' | 'live' | 'paused' | 'done'
  /** While reading: there was a ring, so the store must be read once more. */
  missed: boolean
}

interface Audience {
  listeners: Set<Listener>
  /** The store is being read for those who are live; a ring meanwhile makes it read once more. */
  reading: boolean
  rung: boolean
}

/**
 * Changes reach a listener by one rule, as rows of a log do in `createLogTail`: a page that was read from a place at or
 * before the listener's own is delivered from that place on; any other, a pause or a start means reading the store again.
 */
export function createChangeFeed(deps: {
  store: Pick<Store, 'listChanges' | 'readRevisions'>
  changes: Changes
  logger: Logger
  pollMs?: number
}): ChangeFeed {
  const { store, changes, logger, pollMs = SAFETY_POLL_MS } = deps
  const audiences = new Map<string, Audience>()
  const unlisten = changes.listen(ring)
  let timer: NodeJS.Timeout | undefined
  let polling = false

  function ring(userId: string): void {
    const audience = audiences.get(userId)
    if (!audience) return
    for (const listener of audience.listeners) if (listener.state === 'reading') listener.missed = true
    audience.rung = true
    if (!audience.reading) void handOn(userId, audience)
  }

  async function handOn(userId: string, audience: Audience): Promise<void> {
    audience.reading = true
    try {
      while (audience.rung) {
        audience.rung = false
        const since = leastLive(audience)
        if (since === undefined) break
        const page = await store.listChanges(userId, { since, limit: PAGE })
        if (page.conversations.length === PAGE) audience.rung = true
        for (const listener of audience.listeners) {
          if (listener.state === 'reading') listener.missed = true
          // It went live while this page was read, and may lack what lies before it.
          else if (listener.state === 'live' && listener.revision < since) void catchUp(listener)
          else if (listener.state === 'live') deliver(listener, page)
        }
      }
    } catch (error) {
      logger.warn({ err: error, userId }, 'what has changed could not be read; the next poll tries again')
    } finally {
      audience.reading = false
    }
  }

  async function catchUp(listener: Listener): Promise<void> {
    listener.state = 'reading'
    const { userId } = listener
    try {
      do {
        listener.missed = false
        const page = await store.listChanges(userId, { since: listener.revision, limit: PAGE })
        if (isDone(listener) || !deliver(listener, page)) return
        if (page.conversations.length === PAGE) listener.missed = true
      } while (listener.missed)
    } catch (error) {
      logger.warn({ err: error, userId }, 'what has changed could not be read; the next poll tries again')
    }
    if (!isDone(listener)) listener.state = 'live'
  }

  /** False when the listener takes no more for now, or at all. */
  function deliver(listener: Listener, { conversations, upTo }: Page): boolean {
    for (const conversation of conversations) {
      if (conversation.revision <= listener.revision) continue
      const taken = take(listener, conversation)
      if (isDone(listener)) return false
      if (!taken) {
        listener.state = 'paused'
        return false
      }
      listener.revision = conversation.revision
    }
    listener.revision = Math.max(listener.revision, upTo)
    return true
  }

  function take(listener: Listener, conversation: Conversation): boolean {
    try {
      return listener.sink.changed(conversation)
    } catch (error) {
      logger.error({ err: error, userId: listener.userId }, 'a listener failed')
      remove(listener)
      listener.sink.failed()
      return false
    }
  }

  /** Compares revisions only, for all who listen at once. */
  async function poll(): Promise<void> {
    if (polling) return
    polling = true
    try {
      const newest = await store.readRevisions([...audiences.keys()])
      for (const [userId, audience] of audiences) {
        const least = leastLive(audience)
        if (least !== undefined && least < (newest.get(userId) ?? 0)) ring(userId)
      }
    } catch (error) {
      logger.warn({ err: error }, 'the newest revisions could not be read; the next poll tries again')
    } finally {
      polling = false
    }
  }

  function remove(listener: Listener): void {
    listener.state = 'done'
    const audience = audiences.get(listener.userId)
    audience?.listeners.delete(listener)
    if (audience?.listeners.size === 0) audiences.delete(listener.userId)
    if (audiences.size > 0) return
    clearInterval(timer)
    timer = undefined
  }

  return {
    listen(userId, since, sink) {
      const listener: Listener = {
        userId,
        revision: since,
        sink,
        state: 'reading',
        missed: false,
        resume() {
          if (listener.state === 'paused') void catchUp(listener)
        },
        stop() {
          if (listener.state !== 'done') remove(listener)
        },
      }
      // In the audience before the first read, so that no ring can pass by unnoticed between the two.
      let audience = audiences.get(userId)
      if (!audience) audiences.set(userId, (audience = { listeners: new Set(), reading: false, rung: false }))
      audience.listeners.add(listener)
      timer ??= setInterval(() => void poll(), pollMs).unref()
      void catchUp(listener)
      return listener
    },
    count() {
      let listeners = 0
      for (const audience of audiences.values()) listeners += audience.listeners.size
      return { listeners, users: audiences.size }
    },
    close() {
      unlisten()
      for (const { listeners } of audiences.values()) for (const listener of listeners) remove(listener)
    },
  }
}

function leastLive({ listeners }: Audience): number | undefined {
  let least: number | undefined
  for (const { state, revision } of listeners) {
    if (state === 'live' && (least === undefined || revision < least)) least = revision
  }
  return least
}

/** Behind a function because the state changes under callbacks and across waits, which narrowing does not see. */
function isDone(listener: Listener): boolean {
  return listener.state === 'done'
}
