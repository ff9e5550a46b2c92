import { SendReply, type QueuedTurnView, type Sent } from '#protocol/api/messages.ts'

/** What a send is answered with; a repeat of the same send gets the same text. One of the two is there. */
export interface SentTurn {
  sent: Sent | undefined
  queued: QueuedTurnView | undefined
  json: string
}

/** Reads what a send, now or earlier, was answered with. */
export function toSentTurn(json: string): SentTurn {
  const reply = SendReply.parse(JSON.parse(json))
  if ('queued' in reply) return { json, sent: undefined, queued: reply.queued }
  return { json, sent: reply, queued: undefined }
}
