import type { ProviderEvent } from '#server/domain/provider-event.ts'

/**
 * One rule about a stream of events. It keeps state but does no I/O; one filter serves one stream. Text that it holds
 * back comes out with a later `push`, at the latest with the terminal event or with `end`.
 */
export interface Filter {
  /** Returns the same array when it changes nothing. */
  push(events: readonly ProviderEvent[]): readonly ProviderEvent[]
  /** The stream is over, with or without a terminal event: what is still held back. */
  end(): readonly ProviderEvent[]
}

/** Filters one after the other, as one filter. */
export function createPipeline(filters: readonly Filter[]): Filter {
  return {
    push(events) {
      let passed = events
      for (const filter of filters) passed = filter.push(passed)
      return passed
    },
    end() {
      let passed: readonly ProviderEvent[] = []
      for (const filter of filters) {
        const pushed = passed.length === 0 ? passed : filter.push(passed)
        const held = filter.end()
        passed = held.length === 0 ? pushed : [...pushed, ...held]
      }
      return passed
    },
  }
}
