import { piecesOf } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import type { Filter } from './pipeline.ts'

type Delta = Extract<ProviderEvent, { text: string }>

/**
 * Lets no half of a surrogate pair through: vendors cut an emoji into two deltas, and each alone turns into U+FFFD when it
 * is stored as UTF-8. A half at the end of a delta waits for the next delta of its type; one that stays alone becomes
 * U+FFFD here, so that the live answer and the stored one are the same.
 */
export function joinSurrogates(): Filter {
  /** Its pieces are those that no delta before it has told. */
  let held: { type: Delta['type']; text: string; pieces: number } | undefined

  function release(): ProviderEvent[] {
    if (!held) return []
    const { type, pieces } = held
    held = undefined
    return [delta(type, '\uFFFD', Math.max(pieces, 1))]
  }

  function pass(event: ProviderEvent, passed: ProviderEvent[]): void {
    if (!('text' in event)) {
      // Usage may stand between two deltas; only the end of the text settles that a half is alone.
      if (event.type !== 'usage') passed.push(...release())
      passed.push(event)
      return
    }
    if (held && held.type !== event.type) passed.push(...release())
    let text = held ? held.text + event.text : event.text
    const pieces = (held?.pieces ?? 0) + piecesOf(event)
    held = undefined
    if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
      held = { type: event.type, text: text.slice(-1), pieces: text.length === 1 ? pieces : 0 }
      text = text.slice(0, -1)
    }
    if (text !== '') passed.push(delta(event.type, text.toWellFormed(), pieces))
  }

  return {
    push(events) {
      if (!held && events.every(isWhole)) return events
      const passed: ProviderEvent[] = []
      for (const event of events) pass(event, passed)
      return passed
    },
    end: release,
  }
}

function delta(type: Delta['type'], text: string, pieces: number): Delta {
  return pieces === 1 ? { type, text } : { type, text, pieces }
}

function isWhole(event: ProviderEvent): boolean {
  return !('text' in event) || event.text.isWellFormed()
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
