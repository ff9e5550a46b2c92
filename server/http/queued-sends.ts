import type { ServerResponse } from 'node:http'
import type { QueuedTurnView, Sent } from '#protocol/api/messages.ts'
import { LOG_START } from '#protocol/cursor.ts'
import { findSentTurn } from '#server/commands/find-sent-turn.ts'
import { namedNativeDialect } from '#server/dialects/native.ts'
import { namedFrame } from '#server/dialects/stream-dialect.ts'
import type { Logger } from '#server/domain/logger.ts'
import type { Store } from '#server/ports/store.ts'
import type { Attendance } from '#server/subscribe/attendance.ts'
import type { TurnWatch } from '#server/subscribe/turn-watch.ts'
import type { EventStreams } from './event-streams.ts'
import type { OpenStream, OpenStreams, StreamListener } from './open-streams.ts'
import { encodeFrames } from './sse-response.ts'

/** Sends that have to wait their turn. */
export interface QueuedSends {
  /**
   * Answers with a stream: `queued`, then once the turn was sent `sent` and the events of its answers as after any send;
   * `withdrawn` and the end when it never will be. Does nothing when the client has left.
   */
  open(response: ServerResponse, userId: string, queued: { turn: QueuedTurnView; json: string }): void
  /** Expects readers of its answers once it is sent; again while it waits is the same. */
  expectReaders(userId: string, turn: Pick<QueuedTurnView, 'id' | 'conversationId'>): void
}

export function createQueuedSends(deps: {
  openStreams: OpenStreams
  streams: EventStreams
  turnWatch: TurnWatch
  attendance: Pick<Attendance, 'expectReaders'>
  store: Pick<Store, 'getMessage' | 'listMessages'>
  logger: Logger
}): QueuedSends {
  const { openStreams, streams, turnWatch, attendance, store, logger } = deps
  /** Turns that wait, whose answers are to have readers. */
  const expected = new Set<string>()

  function open(response: ServerResponse, userId: string, queued: { turn: QueuedTurnView; json: string }): void {
    let reading: StreamListener | undefined
    let unwatch = (): void => {}
    let closed = false
    const stream = openStreams.open(response, namedFrame('queued', queued.json), {
      drained: () => reading?.drained(),
      closed() {
        closed = true
        unwatch()
        reading?.closed()
      },
    })
    if (!stream) return
    unwatch = turnWatch.watch({ userId, ...queued.turn }, (sent) => {
      if (sent) void goOn(stream, sent.messageId)
      else withdrawn(stream, queued.turn.id)
    })

    async function goOn(stream: OpenStream, messageId: string): Promise<void> {
      try {
        const sent = await findSentTurn(store, { userId, messageId })
        if (closed) return
        if (!sent) return withdrawn(stream, queued.turn.id)
        stream.write(encodeFrames(namedFrame('sent', JSON.stringify(sent))))
        reading = streams.goOn(stream, namedNativeDialect, followedFrom(sent))
      } catch (error) {
        logger.error({ err: error }, 'what became of a queued turn could not be read; its stream is cut')
        stream.cut()
      }
    }
  }

  async function expectReadersOf(userId: string, messageId: string): Promise<void> {
    try {
      const sent = await findSentTurn(store, { userId, messageId })
      for (const { id } of sent?.generations ?? []) attendance.expectReaders(id)
    } catch (error) {
      logger.error({ err: error, messageId }, 'the answers of a queued turn could not be read; nobody stops them')
    }
  }

  return {
    open,
    expectReaders(userId, { id, conversationId }) {
      if (expected.has(id)) return
      expected.add(id)
      turnWatch.watch({ userId, conversationId, id }, (sent) => {
        expected.delete(id)
        if (sent) void expectReadersOf(userId, sent.messageId)
      })
    },
  }
}

function withdrawn(stream: OpenStream, id: string): void {
  stream.write(encodeFrames(namedFrame('withdrawn', JSON.stringify({ id }))))
  stream.end()
}

/** The whole stream of each answer of a send. */
export function followedFrom({ generations }: Sent): { generationId: string; after: typeof LOG_START; queued: true }[] {
  return generations.map(({ id }) => ({ generationId: id, after: LOG_START, queued: true }))
}
