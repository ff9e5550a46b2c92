import { readFileSync } from 'node:fs'
import type { CancelReceipt } from '#protocol/api/generations.ts'
import type { ConversationView } from '#protocol/api/conversations.ts'
import type { Sent } from '#protocol/api/messages.ts'
import type { GenerationEvent } from '#protocol/events.ts'
import { openEvents } from '../../bench/chaos/open-events.ts'
import { requestSurely, type Target } from '../../bench/chaos/target.ts'

/** A moment at which a client learned something, and how far the log was synced by then. */
export interface Moment {
  /** Rises with everything that any client learned. */
  order: number
  synced: SyncedExtent
}

/** Something that a client was told as certain. */
export interface Told extends Moment {
  generationId: string
  what: 'accepted' | 'cancelled' | 'ended'
}

export interface SyncedExtent {
  round: number
  frames: number
}

/** An event that a reader was given. */
export interface Seen extends Moment {
  id: string
  data: string
}

export interface Asked {
  generationId: string
  conversationId: string
  messageId: string
  /** What the model was told to write. */
  text: string
  seen: Seen[]
}

/** Clients of a server, and the record of what they were told until they stop listening. */
export interface Witness {
  asked: Asked[]
  told: Told[]
  /** How far the log is synced. */
  synced(): SyncedExtent
  /** Asks for an answer of so many tokens and reads it; with `cancelAfter` it is stopped after so many events. */
  ask(tokens: number, delayMs: number, cancelAfter?: number): Promise<void>
}

/** `record` is the file that `record-syncs.ts` writes. */
export function createWitness(target: Target, record: string): Witness {
  const asked: Asked[] = []
  const told: Told[] = []
  const synced = () => readSynced(record)
  let order = 0

  const now = (): Moment => ({ order: ++order, synced: synced() })

  function tell(generationId: string, what: Told['what']): void {
    told.push({ ...now(), generationId, what })
  }

  async function cancel(generationId: string): Promise<void> {
    const path = `/api/v1/generations/${generationId}/cancel`
    const { state } = await requestSurely<CancelReceipt>(target, { method: 'POST', path })
    // One that came too late says so.
    if (state !== 'completed') tell(generationId, 'cancelled')
  }

  return {
    asked,
    told,
    synced,
    async ask(tokens, delayMs, cancelAfter) {
      const conversation = await requestSurely<ConversationView>(target, {
        method: 'POST',
        path: '/api/v1/conversations',
        body: {},
      })
      const { generations } = await requestSurely<Sent>(target, {
        method: 'POST',
        path: `/api/v1/conversations/${conversation.id}/messages`,
        body: {
          parts: [{ type: 'text', text: `count to ${tokens}` }],
          model: `demo/script;tokens=${tokens};delay=${delayMs}`,
        },
      })
      const [generation] = generations
      if (!generation) throw new Error('a send was accepted and started nothing')
      const generationId = generation.id
      tell(generationId, 'accepted')
      const seen: Seen[] = []
      asked.push({
        generationId,
        conversationId: conversation.id,
        messageId: generation.messageId,
        text: Array.from({ length: tokens }, (_, index) => `t${index} `).join(''),
        seen,
      })
      let cancelling: Promise<void> | undefined
      await openEvents(target, generationId, {}, (id, data) => {
        if ((JSON.parse(data) as GenerationEvent).type === 'end') tell(generationId, 'ended')
        seen.push({ ...now(), id, data })
        if (cancelAfter !== undefined && seen.length > cancelAfter) cancelling ??= cancel(generationId)
        return true
      })
      await cancelling
    },
  }
}

/** The furthest extent whose sync is known to be done. */
function readSynced(record: string): SyncedExtent {
  let furthest: SyncedExtent = { round: 0, frames: 0 }
  for (const line of readFileSync(record, 'utf8').split('\n')) {
    const [round = NaN, frames = NaN] = line.split(' ').map(Number)
    const isFurther = round > furthest.round || (round === furthest.round && frames > furthest.frames)
    if (isFurther) furthest = { round, frames }
  }
  return furthest
}
