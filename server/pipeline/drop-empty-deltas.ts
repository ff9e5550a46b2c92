import type { ProviderEvent } from '#server/domain/provider-event.ts'
import type { Filter } from './pipeline.ts'

/** Vendors send deltas without text to open a message or to keep a connection alive; they say nothing. */
export function dropEmptyDeltas(): Filter {
  return {
    push: (events) => (events.some(isEmpty) ? events.filter((event) => !isEmpty(event)) : events),
    end: () => [],
  }
}

function isEmpty(event: ProviderEvent): boolean {
  return 'text' in event && event.text === ''
}
