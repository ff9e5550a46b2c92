import type { ProviderEvent, ProviderRequest } from '#server/ports/provider.ts'
import { writeDelta } from '#server/upstream/write-delta.ts'
import type { ResumePoint } from './resume-handle.ts'

type TextType = 'text-delta' | 'refusal-delta'
type DeltaType = TextType | 'reasoning-delta'

/**
 * Writes a response's words once each, although the vendor says them up to four times: in deltas, in the `done` of the
 * part, in that of the item, and in the whole response. Drops what an earlier attempt has logged already.
 */
export interface OutputWriter {
  append(type: DeltaType, part: string, text: unknown, out: ProviderEvent[]): void
  /** The part's whole text: writes what no delta brought. */
  complete(type: DeltaType, part: string, whole: unknown, out: ProviderEvent[]): void
  /** Text and refusals in the order of the whole response, of which the parts may be numbered otherwise. */
  completeAll(parts: readonly { type: TextType; text: string }[], out: ProviderEvent[]): void
  /** The thought is over: the next one begins anew. */
  endReasoning(): void
  /** Writes what is no delta, unless it stands before words that were logged already. */
  writeAside(event: ProviderEvent, out: ProviderEvent[]): boolean
  hasReasoning(): boolean
  hasText(): boolean
  /** How far the response is: characters since its start. */
  characters(): number
  reasoningCharacters(): number
}

export function createOutputWriter(point: ResumePoint, resume: ProviderRequest['resume']): OutputWriter {
  const parts = new Map<string, string>()
  const skip = { text: resume?.afterCharacters ?? 0, reasoning: resume?.afterReasoningCharacters ?? 0 }
  const at = { text: point.characters, reasoning: point.reasoningCharacters }
  let allText = ''
  let reasoningOpen = false
  let hasReasoning = false

  function append(type: DeltaType, part: string, text: unknown, out: ProviderEvent[]): void {
    if (typeof text !== 'string' || text === '') return
    const key = `${type} ${part}`
    const known = parts.get(key)
    if (type === 'reasoning-delta') {
      // Parts of one thought are paragraphs.
      if (known === undefined && reasoningOpen) write(type, '\n\n', out)
      reasoningOpen = true
      hasReasoning = true
    } else {
      allText += text
      reasoningOpen = false
    }
    parts.set(key, (known ?? '') + text)
    write(type, text, out)
  }

  function write(type: DeltaType, text: string, out: ProviderEvent[]): void {
    const kind = type === 'reasoning-delta' ? 'reasoning' : 'text'
    const logged = Math.max(0, skip[kind] - at[kind])
    at[kind] += text.length
    writeDelta(type, logged === 0 ? text : text.slice(logged), out)
  }

  return {
    append,

    complete(type, part, whole, out) {
      if (typeof whole !== 'string') return
      const known = parts.get(`${type} ${part}`) ?? ''
      if (whole.length > known.length && whole.startsWith(known)) append(type, part, whole.slice(known.length), out)
    },

    completeAll(all, out) {
      const whole = all.map(({ text }) => text).join('')
      if (whole.length <= allText.length || !whole.startsWith(allText)) return
      let written = allText.length
      for (const [index, { type, text }] of all.entries()) {
        append(type, `rest ${index}`, text.slice(written), out)
        written = Math.max(0, written - text.length)
      }
    },

    endReasoning() {
      reasoningOpen = false
    },

    writeAside(event, out) {
      if (at.text < skip.text || at.reasoning < skip.reasoning) return false
      out.push(event)
      return true
    },

    hasReasoning: () => hasReasoning,
    hasText: () => allText !== '',
    characters: () => at.text,
    reasoningCharacters: () => at.reasoning,
  }
}
