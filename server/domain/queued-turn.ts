import type { QueuedTurnView } from '#protocol/api/messages.ts'
import type { GenerationOrigin, GenerationRequest, OnDisconnect } from './generation.ts'

/** More than this in one queue is refused. */
export const MAX_QUEUED_TURNS = 100

/** What a model is asked, as far as it is known before the question stands in the tree. */
export type QueuedRequest = Omit<GenerationRequest, 'branch'>

/** A turn that waits until the answer before it is complete. */
export interface QueuedTurn {
  id: string
  conversationId: string
  parts: QueuedTurnView['parts']
  requests: QueuedRequest[]
  origin: GenerationOrigin
  onDisconnect: OnDisconnect
  /** Grows with every edit. */
  revision: number
  createdAt: number
  state: 'queued' | 'sent' | 'withdrawn'
  /** The question that it became, once it was sent. */
  messageId: string | null
  /** The answer after which it is sent; of a comparison its question, until one of the answers is chosen. */
  anchorId: string
  held: QueuedTurnView['held']
}

/** A queued turn as clients see it. */
export function toQueuedTurnView(turn: QueuedTurn): QueuedTurnView {
  const { id, conversationId, parts, requests, createdAt, revision, anchorId, held } = turn
  return {
    id,
    conversationId,
    parts,
    models: requests.map(({ requestedModel }) => requestedModel),
    createdAt: new Date(createdAt).toISOString(),
    revision,
    waitsFor: anchorId,
    held,
  }
}
