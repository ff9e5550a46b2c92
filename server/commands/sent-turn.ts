import { Sent } from '#protocol/api/messages.ts'

/** What a send is answered with; a repeat of the same send gets the same text. */
export interface SentTurn {
  sent: Sent
  json: string
}

/** Reads what an earlier send was answered with. */
export function toSentTurn(json: string): SentTurn {
  return { json, sent: Sent.parse(JSON.parse(json)) }
}
