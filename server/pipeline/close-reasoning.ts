import type { ProviderEvent } from '#server/domain/provider-event.ts'
import { isAside } from './is-aside.ts'
import type { Filter } from './pipeline.ts'

/**
 * Ends a reasoning part where the vendor does not say so: when something else of the answer follows, or the end. Drops a
 * `reasoning-end` that closes nothing, unless it carries metadata that the vendor wants back.
 */
export function closeReasoning(): Filter {
  let open = false

  function pass(event: ProviderEvent, passed: ProviderEvent[]): void {
    if (event.type === 'reasoning-delta') open = true
    else if (event.type === 'reasoning-end') {
      if (!open && event.providerMetadata === undefined) return
      open = false
    } else if (open && !isAside(event)) {
      open = false
      passed.push({ type: 'reasoning-end' })
    }
    passed.push(event)
  }

  return {
    push(events) {
      if (!open && events.every(isPlain)) return events
      if (events.every(isReasoningDelta)) {
        open ||= events.length > 0
        return events
      }
      const passed: ProviderEvent[] = []
      for (const event of events) pass(event, passed)
      return passed
    },
    end: () => [],
  }
}

function isPlain(event: ProviderEvent): boolean {
  return event.type !== 'reasoning-delta' && event.type !== 'reasoning-end'
}

function isReasoningDelta(event: ProviderEvent): boolean {
  return event.type === 'reasoning-delta'
}
