import { EVENT_VERSION, isDelta, type GenerationEvent } from '#protocol/events.ts'
import { MillraceError } from '#server/domain/errors.ts'
import type { AppendPosition, AppendResult, OpenResult } from '#server/ports/event-log.ts'
import type { BackendLink } from './backend-link.ts'
import { appendResult, type LogBatch, type LogBatchOutcome } from './log-batch.ts'

/**
 * Gathers what is written to the log into one transaction per turn of the event loop; while a stream of deltas goes on,
 * into one per `WINDOW_MS` or `WINDOW_EVENTS`. Whatever is no delta goes at once, and so does the beginning of an answer.
 */
export interface GroupCommit {
  open(generationId: string, epoch: number): Promise<OpenResult>
  append(generationId: string, at: AppendPosition, events: readonly GenerationEvent[]): Promise<AppendResult>
  drop(generationId: string): Promise<void>
  /** Resolves when nothing is under way or waiting. */
  idle(): Promise<void>
}

/** Keeps the write lock of one batch under about 10 ms; what is left goes with the next. */
const MAX_BATCH_EVENTS = 4_000
/** Deltas wait until the last commit began this long ago: no time at all after a pause (docs/decisions/0007). */
const WINDOW_MS = 8
/** As many as this wait no longer: more to a commit saves little, and a busy server has them sooner. */
const WINDOW_EVENTS = 128
/** So many events of a log never wait: its first token is among them. */
const EAGER_EVENTS = 4

interface PendingAppend {
  generationId: string
  at: AppendPosition
  count: number
  types: string
  json: string
  seals: boolean
  resolve(result: AppendResult): void
}

interface Gathered {
  opens: { generationId: string; epoch: number; resolve(result: OpenResult): void }[]
  drops: { generationId: string; resolve(): void }[]
  appends: PendingAppend[]
  rejects: ((error: unknown) => void)[]
  events: number
  /** Holds something that does not wait for the window. */
  isUrgent: boolean
}

export function createGroupCommit(link: Pick<BackendLink, 'commit'>, onCommit: () => void): GroupCommit {
  let gathering = emptyBatch()
  const full: Gathered[] = []
  let underWay = false
  let turn: NodeJS.Immediate | undefined
  let timer: NodeJS.Timeout | undefined
  let begunAt = -Infinity
  let whenIdle: (() => void)[] = []

  function schedule(): void {
    if (underWay || turn) return
    const isDue = gathering.isUrgent || gathering.events >= WINDOW_EVENTS || full.length > 0
    const waitMs = isDue ? 0 : begunAt + WINDOW_MS - performance.now()
    if (waitMs > 0) {
      timer ??= setTimeout(send, waitMs)
      return
    }
    // The end of this turn of the event loop, so that all of its callbacks have their share in the batch.
    turn = setImmediate(send)
  }

  function send(): void {
    clearTimeout(timer)
    clearImmediate(turn)
    timer = turn = undefined
    const batch = full.shift() ?? gathering
    if (batch === gathering) gathering = emptyBatch()
    if (batch.rejects.length === 0) return announceIdle()
    underWay = true
    begunAt = performance.now()
    const { committed, synced } = link.commit(toColumns(batch))
    committed
      .then(
        (outcome) => {
          settle(batch, outcome, synced)
          if (outcome.added > 0) onCommit()
        },
        (error: unknown) => batch.rejects.forEach((reject) => reject(error)),
      )
      .finally(() => {
        underWay = false
        if (gathering.rejects.length > 0 || full.length > 0 || whenIdle.length > 0) schedule()
      })
  }

  function announceIdle(): void {
    for (const resolve of whenIdle) resolve()
    whenIdle = []
  }

  function gather<T>(isUrgent: boolean, add: (batch: Gathered, resolve: (value: T) => void) => number): Promise<T> {
    return new Promise((resolve, reject) => {
      gathering.events += add(gathering, resolve)
      gathering.isUrgent ||= isUrgent
      gathering.rejects.push(reject)
      if (gathering.events >= MAX_BATCH_EVENTS) {
        full.push(gathering)
        gathering = emptyBatch()
      }
      schedule()
    })
  }

  return {
    open: (generationId, epoch) =>
      gather<OpenResult>(true, (batch, resolve) => {
        batch.opens.push({ generationId, epoch, resolve })
        return 1
      }),
    append: (generationId, at, events) =>
      gather<AppendResult>(at.afterSeq < EAGER_EVENTS || !events.every(isDelta), (batch, resolve) => {
        batch.appends.push({ ...encode(events), generationId, at, resolve })
        return events.length
      }),
    drop: (generationId) =>
      gather<void>(true, (batch, resolve) => {
        batch.drops.push({ generationId, resolve })
        return 1
      }),
    idle: () =>
      new Promise((resolve) => {
        whenIdle.push(resolve)
        schedule()
      }),
  }
}

function emptyBatch(): Gathered {
  return { opens: [], drops: [], appends: [], rejects: [], events: 0, isUrgent: false }
}

/** JSON never holds a raw line feed, and `JSON.stringify` escapes lone surrogates: both survive as lines of UTF-8. */
function encode(events: readonly GenerationEvent[]): Pick<PendingAppend, 'count' | 'types' | 'json' | 'seals'> {
  let types = ''
  let json = ''
  for (const [index, event] of events.entries()) {
    if (event.type === 'end' && index !== events.length - 1)
      throw new MillraceError('invariant', 'The terminal event must be the last one of an append.')
    types += index === 0 ? event.type : `\n${event.type}`
    json += index === 0 ? JSON.stringify(event) : `\n${JSON.stringify(event)}`
  }
  return { count: events.length, types, json, seals: events.at(-1)?.type === 'end' }
}

function toColumns({ opens, drops, appends }: Gathered): LogBatch {
  const filled = appends.filter((append) => append.count > 0)
  return {
    opens: opens.map(({ generationId, epoch }) => ({ generationId, epoch })),
    drops: drops.map(({ generationId }) => generationId),
    generationIds: appends.map((append) => append.generationId),
    epochs: appends.map((append) => append.at.epoch),
    afterSeqs: appends.map((append) => append.at.afterSeq),
    counts: appends.map((append) => append.count),
    types: filled.map((append) => append.types).join('\n'),
    json: filled.map((append) => append.json).join('\n'),
    version: EVENT_VERSION,
  }
}

function settle(batch: Gathered, outcome: LogBatchOutcome, synced: Promise<void>): void {
  const waiting: (() => void)[] = []
  for (const [index, open] of batch.opens.entries()) {
    const result = outcome.opens[index]
    if (result?.ok) waiting.push(() => open.resolve(result))
    else if (result) open.resolve(result)
  }
  for (const { resolve } of batch.drops) resolve()
  for (const [index, append] of batch.appends.entries()) {
    const result = appendResult(outcome, index)
    if (append.seals && result.ok) waiting.push(() => append.resolve(result))
    else append.resolve(result)
  }
  if (waiting.length === 0) return
  synced.then(
    () => waiting.forEach((acknowledge) => acknowledge()),
    // Those that were acknowledged already are not touched by a rejection.
    (error: unknown) => batch.rejects.forEach((reject) => reject(error)),
  )
}
