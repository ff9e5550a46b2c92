import type { KeyboardEvent } from 'react'

/**
 * Whether a key belongs to an input method that is composing. Safari ends the composition before its Enter arrives, and
 * tells only by key code 229.
 */
export function isComposing(event: KeyboardEvent): boolean {
  return event.nativeEvent.isComposing || event.keyCode === 229
}
