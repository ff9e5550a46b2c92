import { piecesOf, type TextDeltaEvent } from '#protocol/events.ts'
import type { ProviderEvent } from '#server/domain/provider-event.ts'
import { isAside } from './is-aside.ts'
import type { Filter } from './pipeline.ts'

const OPEN = '<think>'
const CLOSE = '</think>'

/**
 * Models behind a server without a reasoning parser write their thoughts into the text, as `<think>…</think>`. Only an
 * answer that begins with the tag is split: a tag further on is something the answer speaks about. Blank space around
 * the tags belongs to neither part, except inside the thoughts.
 *
 * - `start`: nothing but blank space or a part of the tag has come.
 * - `thinking`: inside the tags. Text that may be a part of the closing tag is held back.
 * - `gap`: after the closing tag, before the answer's first word.
 * - `plain`: the rest passes as it is.
 */
export function splitThinking(): Filter {
  let state: 'start' | 'thinking' | 'gap' | 'plain' = 'start'
  let held = ''
  /** Those of the model's that came since something was passed on. */
  let pieces = 0
  let hasThoughts = false
  let heldIsBlank = true

  function text(delta: TextDeltaEvent, passed: ProviderEvent[]): void {
    held += delta.text
    pieces += piecesOf(delta)
    const isBlank = heldIsBlank && delta.text.trim() === ''
    // A model may write blanks without end: to look through all of them with each delta would take ever longer.
    if (isBlank && (state === 'start' || (state === 'thinking' && !hasThoughts))) return
    if (state === 'start') readStart()
    if (state === 'thinking') readThoughts(passed)
    if (state === 'gap') readGap()
    if (state === 'plain') release(passed)
    heldIsBlank = held.trim() === ''
  }

  function readStart(): void {
    const begun = held.trimStart()
    if (begun.startsWith(OPEN)) {
      state = 'thinking'
      held = begun.slice(OPEN.length)
    } else if (!OPEN.startsWith(begun)) state = 'plain'
  }

  function readThoughts(passed: ProviderEvent[]): void {
    const at = held.indexOf(CLOSE)
    think(at >= 0 ? at : held.length - heldTail(held), passed)
    if (at < 0) return
    held = held.slice(held.indexOf(CLOSE) + CLOSE.length)
    state = 'gap'
    if (hasThoughts) passed.push({ type: 'reasoning-end' })
  }

  /** Thoughts that are blank altogether are none: `<think>\n\n</think>` is how some models say that. */
  function think(length: number, passed: ProviderEvent[]): void {
    const thoughts = held.slice(0, length)
    if (!hasThoughts && thoughts.trim() === '') return
    hasThoughts = true
    held = held.slice(length)
    emit('reasoning-delta', thoughts, passed)
  }

  function readGap(): void {
    held = held.trimStart()
    if (held !== '') state = 'plain'
  }

  function release(passed: ProviderEvent[]): void {
    const rest = held
    held = ''
    emit(state === 'thinking' ? 'reasoning-delta' : 'text-delta', rest, passed)
  }

  function emit(type: 'text-delta' | 'reasoning-delta', words: string, passed: ProviderEvent[]): void {
    if (words === '') return
    passed.push(pieces > 1 ? { type, text: words, pieces } : { type, text: words })
    pieces = 0
  }

  /** Something that is no text: what is held can no longer become a tag. */
  function settle(event: ProviderEvent, passed: ProviderEvent[]): void {
    if (!isAside(event)) {
      release(passed)
      state = 'plain'
    }
    passed.push(event)
  }

  return {
    push(events) {
      if (state === 'plain') return events
      const passed: ProviderEvent[] = []
      for (const event of events) {
        if (event.type === 'text-delta') text(event, passed)
        else settle(event, passed)
      }
      return passed
    },
    end() {
      const passed: ProviderEvent[] = []
      release(passed)
      return passed
    },
  }
}

/** Length of the longest end of the text that is a beginning of the closing tag. */
function heldTail(text: string): number {
  for (let length = Math.min(CLOSE.length - 1, text.length); length > 0; length--) {
    if (CLOSE.startsWith(text.slice(-length))) return length
  }
  return 0
}
