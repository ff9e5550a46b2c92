import type { ProviderEvent } from '#server/domain/provider-event.ts'
import type { Filter } from './pipeline.ts'

type Delta = Extract<ProviderEvent, { text: string }>

/**
 * Lets no half of a surrogate pair through: vendors cut an emoji into two deltas, and each alone turns into U+FFFD when it
 * is stored as UTF-8. A half at the end of a delta waits for the next delta of its type; one that stays alone becomes
 * U+FFFD here, so that the live answer and the stored one are the same.
 */
export function joinSurrogates(): Filter {
  let held: Delta | undefined

  function release(): ProviderEvent[] {
    if (!held) return []
    const { type } = held
    held = undefined
    return [{ type, text: '\uFFFD' }]
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
    held = undefined
    if (isHighSurrogate(text.charCodeAt(text.length - 1))) {
      held = { type: event.type, text: text.slice(-1) }
      text = text.slice(0, -1)
    }
    if (text !== '') passed.push({ type: event.type, text: text.toWellFormed() })
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

function isWhole(event: ProviderEvent): boolean {
  return !('text' in event) || event.text.isWellFormed()
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff
}
